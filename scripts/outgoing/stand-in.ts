/**
 * The files of a patch, as far as the patch shows them. `git range-diff` compares commits: with these it works from the
 * patches alone, whatever kernel tree they were made for. Pure; bytes, one a character.
 */
import { readHunks, type HunkLines } from '../series/hunks.ts';
import type { Patch } from '../series/patchfile.ts';
import { unsigned } from './compare.ts';

interface StandIn {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

/** Lines of context that git shows; two hunks with more than twice as many lines between them stay two. */
const CONTEXT = 3;
const GAP = 3 * CONTEXT;

const COMMITTER = 'dtrace-bpf <dtrace-bpf@localhost> 0 +0000';

/** For `git fast-import`: refs/heads/NAME is the patch, on top of what it changes. */
export function standInCommits(patch: Pick<Patch, 'subject' | 'body' | 'diff' | 'files'>, name: string): Buffer {
  const { before, after } = standIns(patch);
  const data = (text: string, encoding: 'latin1' | 'utf8'): Buffer => {
    const bytes = Buffer.from(text, encoding);
    return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
  };
  const commit = (message: string, files: readonly StandIn[]): Buffer[] => [
    Buffer.from(`commit refs/heads/${name}\ncommitter ${COMMITTER}\n`),
    data(message, 'utf8'),
    Buffer.from('deleteall\n'),
    ...files.flatMap(({ path, mode, content }) => [
      Buffer.from(`M ${mode} inline ${JSON.stringify(path)}\n`),
      data(content, 'latin1'),
    ]),
  ];
  const message = `${patch.subject}\n\n${unsigned(patch.body)}\n`;
  return Buffer.concat([...commit('before', before), ...commit(message, after)]);
}

function standIns({ diff, files }: Pick<Patch, 'diff' | 'files'>): Record<'before' | 'after', StandIn[]> {
  const [before, after]: [StandIn[], StandIn[]] = [[], []];
  for (const [index, { header, hunks }] of readHunks(diff).entries()) {
    const path = files[index]?.path ?? '';
    const value = (pattern: RegExp): string | undefined =>
      header.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
    const from = value(/^(?:rename|copy) from (.+)$/s) ?? path;
    const mode = value(/^index \S+ (\d{6})$/) ?? '100644';
    const oldMode = value(/^(?:old|deleted file) mode (\d{6})$/) ?? mode;
    const newMode = value(/^new (?:file )?mode (\d{6})$/) ?? mode;
    const side = (mark: '-' | '+'): string =>
      hunks.length === 0 ? `${filler(from, 0)}\n` : hunks.map((hunk, at) => sideOf(hunk, at, mark)).join('');
    if (!header.some((line) => line.startsWith('new file mode ')))
      before.push({ path: from, mode: oldMode, content: side('-') });
    if (header.some((line) => line.startsWith('copy from '))) after.push({ path: from, mode, content: side('-') });
    if (!header.some((line) => line.startsWith('deleted file mode ')))
      after.push({ path, mode: newMode, content: side('+') });
  }
  return { before, after };
}

/** A hunk on one side, behind lines that keep it apart from the one before and have its heading. */
function sideOf({ heading, lines }: HunkLines, at: number, mark: '-' | '+'): string {
  const leading = lines.findIndex((line) => !line.startsWith(' '));
  // less context than that is the beginning of a file
  const apart = at === 0 && leading < CONTEXT ? '' : `${filler('', at)}\n${heading}\n${filler('', at)}\n`;
  const text = lines.flatMap((line, index) => {
    if (line.startsWith('\\') || (line[0] !== mark && line[0] !== ' ')) return [];
    return [line.slice(1), lines[index + 1]?.startsWith('\\') === true ? '' : '\n'];
  });
  return apart + text.join('');
}

/** No line of it is taken for a function's. */
const filler = (name: string, at: number): string =>
  Array.from({ length: GAP }, (_, line) => ` ${name} ${at} ${line}`).join('\n');
