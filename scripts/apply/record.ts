import { gitText } from '../lib/git.ts';
import type { AppliedCommit, ApplyRecord, Fit } from '../records/apply.ts';
import { patchsetHash, type Series } from '../series/load.ts';
import type { Applied } from './state.ts';
import type { Place } from './worktree.ts';

export async function makeRecord(
  series: Series,
  place: Place,
  applied: readonly Applied[],
  reused: number,
  durationMs: number,
): Promise<ApplyRecord> {
  const head = applied.at(-1)?.commit ?? place.base.commit;
  const tree = (await gitText(place.base.repo, ['rev-parse', `${head}^{tree}`])).trim();
  const commits = applied.map(({ commit, fit }, index): AppliedCommit => {
    const patch = series.patches[index];
    const sum = (key: 'added' | 'removed'): number =>
      (patch?.files ?? []).reduce((total, file) => total + file[key], 0);
    return {
      id: patch?.id ?? '',
      subject: patch?.subject ?? '',
      file: patch?.file ?? '',
      commit,
      files: patch?.files.length ?? 0,
      added: sum('added'),
      removed: sum('removed'),
      fit,
    };
  });
  const { name, version } = series.data;
  return {
    stage: 'apply',
    series: { name, version },
    patchset: patchsetHash(series.patches),
    base: place.base,
    worktree: place.path,
    branch: place.branch,
    head,
    tree,
    commits,
    reused,
    durationMs,
  };
}

const NOTES: Readonly<Record<Fit, string>> = {
  exact: '',
  shifted: '  (at shifted lines)',
  merged: '  (three-way merge: read it)',
};

/** The table that `apply` ends with. */
export function formatTable(record: ApplyRecord): string {
  const rows = record.commits.map(({ id, subject, commit, files, added, removed, fit }) => {
    return { cells: [id, subject, commit.slice(0, 12), String(files), `+${added}`, `-${removed}`], note: NOTES[fit] };
  });
  const sum = (key: 'files' | 'added' | 'removed'): number =>
    record.commits.reduce((total, commit) => total + commit[key], 0);
  const head = ['n', 'subject', 'commit', 'files', '+', '-'];
  const total = [
    '',
    `${record.commits.length} patches on Linux ${record.base.kernel}`,
    record.head.slice(0, 12),
    '',
    `+${sum('added')}`,
    `-${sum('removed')}`,
  ];
  const all = [head, ...rows.map(({ cells }) => cells), total];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => [...(cells[column] ?? '')].length)));
  const line = (cells: readonly string[], note = ''): string => {
    const padded = cells.map((cell, column) =>
      column >= 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    return `${padded.join('  ')}${note}`.trimEnd();
  };
  return [line(head), ...rows.map(({ cells, note }) => line(cells, note)), line(total)].join('\n');
}
