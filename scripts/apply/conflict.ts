import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatArgv } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import type { FileDiff } from '../series/diff.ts';
import type { SeriesPatch } from '../series/patchfile.ts';

/** One place at which a patch does not fit. */
export interface ConflictPlace {
  readonly file: string;
  /** Line in the file that the hunk was made for; 0 when the file itself is the trouble. */
  readonly line: number;
  /** Line of the hunk in the patch file. */
  readonly patchLine: number;
  /** What stands there now, numbered. */
  readonly excerpt: string;
}

const CONTEXT_LINES = 4;

const NOT_AS_EXPECTED = new RegExp(
  `^error: (.+): (?:${[
    'does not exist in index',
    'already exists in index',
    'already exists in working directory',
    'does not match index',
    'No such file or directory',
  ].join('|')})$`,
  'gm',
);

/** Places named by git's words (no three-way merge was possible) and by the files it left unmerged. */
export function conflictPlaces(
  output: string,
  unmerged: readonly string[],
  patch: SeriesPatch,
): { file: string; line: number; patchLine: number }[] {
  const places: { file: string; line: number; patchLine: number }[] = [];
  const add = (file: string, line: number): void => {
    const diff = patch.files.find(({ path }) => path === file);
    const hunk = line === 0 ? diff?.hunks[0] : nearestHunk(diff, line);
    if (places.some((place) => place.file === file && place.line === (line || (hunk?.oldStart ?? 0)))) return;
    places.push({ file, line: line || (hunk?.oldStart ?? 0), patchLine: hunk?.line ?? 1 });
  };
  if (unmerged.length > 0) {
    for (const file of unmerged) add(file, 0);
    return places;
  }
  for (const [, file, line] of output.matchAll(/^error: patch failed: (.+):(\d+)$/gm)) add(file ?? '', Number(line));
  for (const [, file] of output.matchAll(NOT_AS_EXPECTED)) add(file ?? '', 0);
  return places;
}

function nearestHunk(diff: FileDiff | undefined, line: number): FileDiff['hunks'][number] | undefined {
  return diff?.hunks.find(({ oldStart }) => oldStart === line) ?? diff?.hunks[0];
}

export interface Conflict {
  readonly places: readonly ConflictPlace[];
  /** A three-way merge was begun and left conflict markers in these files. */
  readonly unmerged: readonly string[];
  /** What plain `git apply` says when `am` could not merge and did not say where. */
  readonly words: string;
  /** The patch applies, and git has stopped for another reason. */
  readonly fits: boolean;
}

export async function describeConflict(worktree: string, patch: SeriesPatch, output: string): Promise<Conflict> {
  const unmerged = (await gitExec(worktree, ['diff', '--name-only', '-z', '--diff-filter=U'])).stdout
    .split('\0')
    .filter(Boolean);
  const input = Buffer.from(patch.diff, 'latin1');
  const checked = unmerged.length > 0 ? undefined : await gitExec(worktree, ['apply', '--check', '-'], { input });
  const words = checked?.stderr ?? '';
  const places: ConflictPlace[] = [];
  for (const place of conflictPlaces(output + words, unmerged, patch)) {
    const marked = unmerged.includes(place.file);
    const text = marked
      ? readText(join(worktree, place.file))
      : (await gitExec(worktree, ['show', `HEAD:${place.file}`])).stdout;
    const marker = marked ? text.split('\n').findIndex((line) => line.startsWith('<<<<<<< ')) + 1 : 0;
    places.push({
      ...place,
      excerpt: excerpt(text, marker > 0 ? marker : place.line, marker > 0 ? 3 * CONTEXT_LINES : CONTEXT_LINES),
    });
  }
  return { places, unmerged, words, fits: checked?.failed === false && places.length === 0 };
}

/** Lines around `line`, numbered; empty when the file has none. */
export function excerpt(text: string, line: number, after = CONTEXT_LINES): string {
  if (text === '' || line === 0) return '';
  const lines = text.split('\n');
  const from = Math.max(0, Math.min(line, lines.length) - 1);
  const width = String(from + after).length;
  return lines
    .slice(from, from + after)
    .map((content, index) => `${String(from + index + 1).padStart(width)}: ${content}`)
    .join('\n');
}

export function formatConflict(patch: SeriesPatch, conflict: Conflict, output: string): string {
  const parts = [gitWords(output)];
  for (const { file, line, patchLine, excerpt: text } of conflict.places) {
    parts.push(`patches/${patch.diffFile}:${patchLine}: the hunk for ${file}:${line}`);
    const what = conflict.unmerged.includes(file) ? 'the merge left there' : 'the base has there';
    parts.push(text === '' ? `${what}: no such file` : `${what}:\n${text}`);
  }
  return parts.join('\n');
}

/** What gets the author on, as one line for bash; it ends where the project's directory is needed. */
export function nextStep(worktree: string, patch: SeriesPatch, conflict: Conflict, refresh: string): string {
  const git = formatArgv(['git', '-C', worktree]);
  const files = [...new Set(conflict.places.map(({ file }) => file))].map((file) => join(worktree, file));
  const goOn = `${git} am --continue && ${refresh}`;
  if (conflict.unmerged.length > 0)
    return `\${EDITOR:-vi} ${formatArgv(files)} && ${git} add -- ${formatArgv(conflict.unmerged)} && ${goOn}`;
  // no merge was possible: what fits goes in, and each hunk that does not lies next to its file
  const rejects = files.map((file) => `${file}.rej`);
  const made = formatArgv(patch.files.map(({ path }) => path));
  return (
    `${git} am --show-current-patch=diff | ${git} apply --reject; ` +
    `\${EDITOR:-vi} ${formatArgv([...files, ...rejects])} && rm -f ${formatArgv(rejects)} && ` +
    `${git} add --all -- ${made} && ${goOn}`
  );
}

/** Without the hints for a terminal session, which are not the next command here. */
function gitWords(output: string): string {
  return [...new Set(output.split('\n'))]
    .filter(
      (line) =>
        line !== '' &&
        !line.startsWith('hint: ') &&
        !/^When you have resolved|^If you prefer to skip|^To restore the original/.test(line),
    )
    .join('\n');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
