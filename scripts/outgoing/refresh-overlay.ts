import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';
import { driftOf } from '../series/drift.ts';
import { loadPrimary, overlayFiles, patchesDir } from '../series/load.ts';
import { checkOverlay, isOverlayName, withOverlay, type Overlay } from '../series/overlay.ts';
import { withReader } from '../series/reader.ts';
import type { ExportedCommits, Given } from './exported.ts';
import { matchCommits, planOverlay, type OverlayEntry, type OverlayInput, type Step } from './overlay-plan.ts';
import { prove, refused, unprovable } from './proof.ts';
import { readContent, removeLeftovers, writeAll } from './refresh-files.ts';

/**
 * Writes patches/BASE for commits on another base than the primary one: the diffs that differ there, and patches that
 * only it needs. Messages, names and order are those of the primary base, and are not touched.
 */
export async function exportOverlay(root: string, base: string, given: Given): Promise<ExportedCommits> {
  const { repo, commits, pending, options } = given;
  const { data, patches: primary } = loadPrimary(root);
  const files = overlayFiles(root, base);
  const { overlay, problems: found } = checkOverlay(base, files, primary.length);
  // a damaged file is written anew; a name that has no meaning is a person's
  const foreign = found.filter(({ code }) => code.startsWith('OVERLAY_'));
  const refresh = formatArgv(['npm', 'run', 'refresh', '--', '--base', base]);
  if (foreign.length > 0) throw refused(foreign, refresh);
  const input: OverlayInput = { base, author: data.author, adopt: options.adopt, commits, primary, overlay, pending };
  const { problems, steps } = matchCommits(input);
  if (problems.length > 0) throw refused(problems, refresh);
  const own = await differing(repo, steps);
  const entries = planOverlay(input, steps, own);
  const directory = join(patchesDir(root), base);
  const written = entries.filter(({ name, content }) => readContent(join(directory, name))?.equals(content) !== true);
  const proven = written.flatMap(({ commit }) => commit ?? []);
  await prove(repo, proven, refresh);
  const removed = files
    .map(([name]) => name)
    .filter((name) => isOverlayName(name) && !entries.some((entry) => entry.name === name));
  const made = checkOverlay(
    base,
    entries.map(({ name, content }) => [name, content] as const),
    primary.length,
  );
  if (made.problems.length > 0)
    throw new WorkbenchError('E_REFRESH', `patches/${base} would not be readable`, {
      problems: made.problems,
      next: 'npm run refresh -- --help',
    });
  if (!options.dryRun) writeOverlay(directory, written, removed);
  const patches = withOverlay(base, primary, made.overlay);
  return {
    patches: patches.map(({ id, file, subject }) => ({ id, file, subject })),
    written: written.map(({ name }) => `${base}/${name}`),
    removed: removed.map((name) => `${base}/${name}`),
    drifts: primary.map((patch, index) => {
      const lines = ({ diffs }: Overlay): number => driftOf(patch.diff, diffs.get(index + 1)?.diff ?? patch.diff);
      return { base, id: patch.id, before: lines(overlay), now: lines(made.overlay) };
    }),
    applied: patches.flatMap(({ file, subject, digest }) => {
      const commit = commits.find((one) => one.subject === subject)?.commit;
      return commit === undefined ? [] : [{ file, subject, digest, commit, fit: 'exact' as const }];
    }),
  };
}

function writeOverlay(directory: string, written: readonly OverlayEntry[], removed: readonly string[]): void {
  if (written.length > 0) makeDir(directory);
  if (!existsSync(directory)) return;
  removeLeftovers(directory);
  writeAll(
    directory,
    written.map(({ name, content }) => [name, content] as const),
    removed,
  );
  if (readdirSync(directory).length === 0) rmdirSync(directory);
}

/** The steps that the primary's diff does not make: it does not apply to the parent, or makes other files of it. */
async function differing(repo: string, steps: readonly Step[]): Promise<ReadonlySet<Step>> {
  return withReader(repo, async (reader) => {
    const own = new Set<Step>();
    for (const step of steps) {
      if (step.patch === undefined) continue;
      const same = await unprovable(reader, { commit: step.commit.commit, diff: step.patch.diff });
      if (same !== undefined) own.add(step);
    }
    return own;
  });
}
