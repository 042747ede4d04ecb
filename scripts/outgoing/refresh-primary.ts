import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { driftOf } from '../series/drift.ts';
import { loadManifest, overlayDirectories, overlayFiles, patchesDir, readPatchFiles } from '../series/load.ts';
import { MANIFEST } from '../series/manifest.ts';
import { checkOverlay } from '../series/overlay.ts';
import { digestOf, inspectPatch, type Patch } from '../series/patchfile.ts';
import type { Drift, ExportedCommits, Given } from './exported.ts';
import { manifestText } from './manifest-text.ts';
import { planMoves, type Moves } from './overlay-moves.ts';
import { prove, refused } from './proof.ts';
import { readContent, removeLeftovers, writeAll } from './refresh-files.ts';
import { planRefresh, type Entry, type Existing } from './refresh-plan.ts';

/** Writes the patch files and the manifest. The diffs of other bases keep their content. */
export async function exportPrimary(root: string, given: Given): Promise<ExportedCommits> {
  const { repo, commits, pending, options } = given;
  const { data, yaml } = loadManifest(root);
  const files = readPatchFiles(root);
  const listed = data.patches.map(({ file }) => file);
  const order = [...listed, ...[...files.keys()].filter((file) => !listed.includes(file))];
  const existing = order.flatMap((file): Existing[] => {
    const found = files.get(file);
    return found === undefined ? [] : [{ file, ...found }];
  });
  if (commits.length === 0 && pending.length === 0 && listed.length > 0) {
    throw new WorkbenchError('E_REFRESH', 'there are no commits on top of the base; that would delete every patch', {
      next: given.none,
    });
  }
  const plan = planRefresh({ author: data.author, adopt: options.adopt, commits, existing, pending });
  if (plan.problems.length > 0) throw refused(plan.problems);
  const manifest = manifestText(yaml, plan.entries);
  const outputs = [
    ...plan.entries.map(({ file, content }) => [file, content] as const),
    [MANIFEST, Buffer.from(manifest)] as const,
  ];
  const written = outputs.filter(
    ([file, content]) => readContent(join(patchesDir(root), file))?.equals(content) !== true,
  );
  await prove(
    repo,
    commits.filter(({ commit }) =>
      plan.entries.some((entry) => entry.commit === commit && written.some(([file]) => file === entry.file)),
    ),
  );
  const removed = [...files.keys(), ...listed].filter(
    (file, index, all) =>
      all.indexOf(file) === index &&
      !plan.entries.some((entry) => entry.file === file) &&
      readContent(join(patchesDir(root), file)) !== undefined,
  );
  const moves = overlayDirectories(root).map((base) => {
    const names = overlayFiles(root, base).map(([name]) => name);
    return { base, directory: join(patchesDir(root), base), ...planMoves(base, names, plan.entries) };
  });
  const lost = moves.flatMap(({ problems }) => problems);
  if (lost.length > 0) throw refused(lost);
  if (!options.dryRun) {
    removeLeftovers(patchesDir(root));
    for (const { directory, renamed, removed: gone } of moves) {
      for (const name of gone) rmSync(join(directory, name), { force: true });
      for (const { name, via } of renamed) renameSync(join(directory, name), join(directory, via));
    }
    writeAll(patchesDir(root), written, removed);
    for (const { directory, renamed } of moves)
      for (const { via, to } of renamed) renameSync(join(directory, via), join(directory, to));
  }
  const patches = plan.entries.map((entry) => ({ entry, patch: readBack(entry) }));
  const drifts = moves.flatMap(({ base, renamed }): Drift[] => {
    // a dry run has not renamed them
    if (options.dryRun && renamed.length > 0) return [];
    const { overlay } = checkOverlay(base, overlayFiles(root, base), plan.entries.length);
    return patches.flatMap(({ entry, patch }, index) => {
      const diff = overlay.diffs.get(index + 1)?.diff;
      const before = existing.find(({ file }) => file === entry.from)?.patch.diff ?? patch.diff;
      if (diff === undefined) return [];
      return [{ base, id: entry.id, before: driftOf(before, diff), now: driftOf(patch.diff, diff) }];
    });
  });
  return {
    patches: plan.entries.map(({ id, file, subject }) => ({ id, file, subject })),
    written: [
      ...written.map(([file]) => file),
      ...moves.flatMap(({ base, renamed }) => renamed.map(({ to }) => `${base}/${to}`)),
    ],
    removed: [...removed, ...moves.flatMap(({ base, renamed, removed: gone }) => goneOf(base, renamed, gone))],
    drifts,
    applied: patches.flatMap(({ entry: { file, subject, commit }, patch }) =>
      commit === undefined ? [] : [{ file, subject, digest: digestOf(patch), commit, fit: 'exact' }],
    ),
  };
}

/** Names that are not there any more: not those that another file has now. */
function goneOf(base: string, renamed: Moves['renamed'], removed: readonly string[]): string[] {
  const now = renamed.map(({ to }) => to);
  return [...removed, ...renamed.map(({ name }) => name)]
    .filter((name) => !now.includes(name))
    .map((name) => `${base}/${name}`);
}

function readBack({ file, content }: Entry): Patch {
  const { patch, problems } = inspectPatch(content, file);
  if (patch === undefined)
    throw new WorkbenchError('E_REFRESH', `${file} would not be readable`, {
      problems,
      next: 'npm run refresh -- --help',
    });
  return patch;
}
