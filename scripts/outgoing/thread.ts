/** The headers by which readers know that the mails belong together. Pure. */
import { createHash } from 'node:crypto';
import type { SeriesData } from '../series/schema.ts';

/** Ids follow from what is sent, like everything that is exported: the same mails have the same ids. */
export function messageIds(
  { name, version }: Pick<SeriesData, 'name' | 'version'>,
  total: number,
  sender: string,
  content: unknown,
): string[] {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  const domain = /@([^>@]+)>$/.exec(sender)?.[1] ?? 'localhost';
  return Array.from({ length: total + 1 }, (_, number) => `<${name}-v${version}-${number}-${digest}@${domain}>`);
}

/** Every patch answers the cover letter, as `git format-patch --thread=shallow` has it. */
export function threadHeaders(ids: readonly string[], number: number): string[] {
  const [cover = ''] = ids;
  const own = `Message-ID: ${ids[number] ?? ''}`;
  return number === 0 ? [own] : [own, `In-Reply-To: ${cover}`, `References: ${cover}`];
}
