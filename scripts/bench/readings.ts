/** The guest program's lines. One that cannot be read is an error: a lost reading must not look like a short table. */
import { z } from 'zod';
import { SECTIONS, WAKES, type Reading } from './types.ts';

const optional = <T>(type: z.ZodType<T>): z.ZodType<T | null> => type.nullable().default(null);

const lineSchema = z.looseObject({
  section: z.enum(SECTIONS),
  variant: z.string(),
  elapsed: z.array(z.number()).nonempty(),
  batch: z.number().positive(),
  failed: z.number(),
  source: optional(z.string()),
  size: optional(z.number()),
  fill: optional(z.number()),
  wake: optional(z.enum(WAKES)),
});

export class BadReading extends Error {
  override readonly name = 'BadReading';
}

/** `text` is the program's whole stdout. Throws BadReading with the line. */
export function parseReadings(boot: string, text: string): Reading[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseReading(boot, line));
}

function parseReading(boot: string, line: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadReading(`not JSON: ${line}`);
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) throw new BadReading(`${z.prettifyError(parsed.error)}: ${line}`);
  const { section, variant, elapsed, batch, failed, source, size, fill, wake, ...rest } = parsed.data;
  const extra = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  return {
    boot,
    section,
    variant,
    elapsed,
    batch,
    failed,
    source,
    size,
    fill: fill === null ? null : fill === 1,
    wake,
    extra,
  };
}
