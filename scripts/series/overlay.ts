/**
 * Where a patch differs on another base: `patches/<base>/NNNN.diff` is the diff alone, for its message, author and
 * place are those of patch NNNN. `patches/<base>/NNNNa-subject.patch` is a patch that only this base needs, behind
 * patch NNNN. Pure.
 */
import type { Position, Problem } from '../lib/errors.ts';
import { parseDiff } from './diff.ts';
import { digestOf, formatPatch, inspectPatch, unreadable, type Patch, type SeriesPatch } from './patchfile.ts';
import type { SeriesData } from './schema.ts';

export type OverlayDiff = Pick<Patch, 'diff' | 'files'>;

/** A patch that only one base needs. */
export interface ExtraPatch extends SeriesPatch {
  /** The number of the patch that it follows; 0 in front of all. */
  readonly after: number;
}

export interface Overlay {
  /** By the number of the patch. */
  readonly diffs: ReadonlyMap<number, OverlayDiff & { readonly file: string }>;
  /** In the order in which they apply. */
  readonly extras: readonly ExtraPatch[];
}

/** Of a base that has no directory. */
export const NO_OVERLAY: Overlay = { diffs: new Map(), extras: [] };

/** A name below patches/ with what is in it; undefined for what is no file. */
export type OverlayFile = readonly [name: string, content: Buffer | undefined];

export const DIFF_NAME = /^(\d{4})\.diff$/;
export const EXTRA_NAME = /^(\d{4})([a-z])(-[A-Za-z0-9._-]*\.patch)$/;
/** While a refresh gives patches other numbers: the name of the patch that a file belongs to, and what it is there. */
export const MOVING_NAME = /^\d{4}-([A-Za-z0-9._-]*?\.patch)\.(diff|[a-z]-[A-Za-z0-9._-]*\.patch)$/;
/** What a refresh that was killed leaves, and the next one removes. */
const TEMPORARY = /\.\d+\.tmp$/;

export function isOverlayName(name: string): boolean {
  return DIFF_NAME.test(name) || EXTRA_NAME.test(name);
}

export function diffName(number: number): string {
  return `${String(number).padStart(4, '0')}.diff`;
}

/** `0006a-bpf-do-the-thing.patch`; `name` is what a patch of the series is called. */
export function extraName(after: number, index: number, name: string): string {
  return name.replace(/^\d{4}/, `${String(after).padStart(4, '0')}${String.fromCharCode('a'.charCodeAt(0) + index)}`);
}

/** Directories of patches/ that are of no base, or of the one whose patches are not in a directory. */
export function strayDirectories(data: SeriesData, directories: readonly string[]): Problem[] {
  const others = Object.keys(data.bases).filter((name) => name !== data.base);
  return directories
    .filter((name) => !others.includes(name))
    .map((name) => ({
      code: 'OVERLAY_BASE',
      message:
        name === data.base
          ? `${name} is the primary base: its patches are in patches/ itself`
          : `there is no base ${name} in patches/series.yaml`,
      position: { file: `patches/${name}` },
      hint: `move what is in it, and remove it${others.length === 0 ? '' : `; other bases: ${others.join(', ')}`}`,
    }));
}

/** @param files what is in patches/BASE; @param count how many patches the series has */
export function checkOverlay(
  base: string,
  files: readonly OverlayFile[],
  count: number,
): { readonly overlay: Overlay; readonly problems: readonly Problem[] } {
  const diffs = new Map<number, OverlayDiff & { file: string }>();
  const extras: ExtraPatch[] = [];
  const problems: Problem[] = [];
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (TEMPORARY.test(name)) continue;
    const file = `${base}/${name}`;
    const refuse = (code: string, message: string, hint: string): void =>
      void problems.push({ code, message, position: { file: `patches/${file}` }, hint });
    const [, number, letter] = DIFF_NAME.exec(name) ?? EXTRA_NAME.exec(name) ?? [];
    if (MOVING_NAME.test(name)) {
      refuse('OVERLAY_MOVING', 'a refresh was interrupted while patches got other numbers', 'npm run refresh');
    } else if (number === undefined || content === undefined) {
      refuse('OVERLAY_NAME', `${name} is neither NNNN.diff nor NNNNa-subject.patch`, 'move it out of this directory');
    } else if (Number(number) > count || (letter === undefined && Number(number) === 0)) {
      refuse(
        'OVERLAY_NUMBER',
        `there is no patch ${number}`,
        `the patches are 0001 to ${String(count).padStart(4, '0')}`,
      );
    } else if (letter === undefined) {
      const { diff, problems: found } = inspectDiff(content, `patches/${file}`, base);
      problems.push(...found);
      if (diff !== undefined) diffs.set(Number(number), { ...diff, file });
    } else {
      const { patch, problems: found } = inspectPatch(content, `patches/${file}`);
      problems.push(...found);
      const id = `${number.slice(2)}${letter}`;
      if (extras.some((extra) => extra.id === id))
        refuse('OVERLAY_NAME', `there are two ${number}${letter}`, 'take the next letter');
      if (patch !== undefined)
        extras.push({ ...patch, id, file, diffFile: file, content, after: Number(number), digest: digestOf(patch) });
    }
  }
  return { overlay: { diffs, extras }, problems };
}

export const doesWithout = (base: string, { except = [] }: Pick<SeriesPatch, 'except'>): boolean =>
  except.includes(base);

/** Diffs of patches that the base does without. */
export function uselessDiffs(base: string, patches: readonly SeriesPatch[], { diffs }: Overlay): Problem[] {
  return [...diffs].flatMap(([number, { file }]) => {
    const patch = patches[number - 1];
    return patch === undefined || !doesWithout(base, patch) ? [] : [uselessDiff(base, patch, file)];
  });
}

function uselessDiff(base: string, { id }: SeriesPatch, file: string): Problem {
  return {
    code: 'OVERLAY_EXCEPT',
    message: `${base} does without patch ${id}, as patches/series.yaml says`,
    position: { file: `patches/${file}` },
    hint: `delete it, or take ${base} out of the patch's except`,
  };
}

/** The patches as this base has them. */
export function withOverlay(base: string, patches: readonly SeriesPatch[], { diffs, extras }: Overlay): SeriesPatch[] {
  const own = patches.map((patch, index): SeriesPatch => {
    const overlay = diffs.get(index + 1);
    if (overlay === undefined) return patch;
    const { diff, files, file: diffFile } = overlay;
    const whole = { ...patch, diff, files };
    return { ...whole, diffFile, digest: digestOf(whole), content: formatPatch(whole) };
  });
  const behind = (number: number): readonly SeriesPatch[] => extras.filter(({ after }) => after === number);
  const all = own.flatMap((patch, index) => [patch, ...behind(index + 1)]);
  return [...behind(0), ...all].filter((patch) => !doesWithout(base, patch));
}

/** A file that holds a diff and nothing else. */
export function inspectDiff(
  content: Buffer,
  file: string,
  base: string,
): { readonly diff: OverlayDiff | undefined; readonly problems: readonly Problem[] } {
  const position = (index: number): Position => ({ file, line: index + 1, col: 1 });
  const restore = `git checkout -- ${file}  # or: npm run refresh -- --base ${base}`;
  const refuse = (problem: Problem): { diff: undefined; problems: Problem[] } => ({
    diff: undefined,
    problems: [problem],
  });
  const lines = content.toString('latin1').split('\n');
  const fault = unreadable(lines, file, restore);
  if (fault !== undefined) return refuse(fault);
  if (lines[0]?.startsWith('diff --git ') !== true)
    return refuse({
      code: 'PATCH_TEXT',
      message: `a diff alone belongs here, not "${lines[0]}": the message is that of the patch with this number`,
      position: position(0),
      hint: `sed -i '0,/^diff --git /{/^diff --git /!d}' ${file}`,
    });
  const { files, problems, end } = parseDiff(lines, 0);
  const [first] = problems;
  if (first !== undefined)
    return refuse({ code: first.code, message: first.message, position: position(first.line - 1), hint: restore });
  if (lines.slice(end).join('\n') !== '')
    return refuse({
      code: 'PATCH_TEXT',
      message: `text inside or behind the diff: "${lines[end]}"`,
      position: position(end),
      hint: `take it out; or ${restore}`,
    });
  return { diff: { diff: content.toString('latin1'), files }, problems: [] };
}
