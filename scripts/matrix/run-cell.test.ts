/** What of the series a cell is about. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadSeries, type Series } from '../series/load.ts';
import { withTwoBases } from '../testing/two-bases.ts';
import { cellNamed, cellsOf } from './cells.ts';
import { seriesDigest } from './identity.ts';
import { partOf } from './run-cell.ts';

/** The newer base has another diff for the second patch, and a patch of its own behind it. */
async function project(t: Test): Promise<(id: string) => Series> {
  const f = await withTwoBases('cell');
  t.teardown(f.remove);
  const patch = readFileSync(join(f.project, 'patches/0002-ring-add-a-file.patch'), 'utf8');
  const own = (text: string): string => text.replace('+new line 1\n', '+new line ONE\n');
  t.not(own(patch), patch);
  const directory = join(f.project, 'patches/v7.3');
  mkdirSync(directory);
  writeFileSync(join(directory, '0002.diff'), own(patch.slice(patch.indexOf('diff --git '))));
  writeFileSync(join(directory, '0002a-ring-more.patch'), patch.replace('add a file', 'more'));
  const series = loadSeries(f.project);
  const cells = cellsOf(series.data, ['default']);
  return (id) => partOf(series, cellNamed(cells, `${id}/default/x86_64`));
}

t.test('the patches of a cell are those of its base, and no later ones', async (t) => {
  const part = await project(t);
  const filesOf = (id: string): string[] => part(id).patches.map(({ diffFile }) => diffFile);
  const [first, second] = ['0001-core-say-five.patch', '0002-ring-add-a-file.patch'];
  t.strictSame(filesOf('v6.12/0002'), [first, second]);
  t.strictSame(filesOf('v7.3/0001'), [first]);
  t.strictSame(filesOf('v7.3/0002'), [first, 'v7.3/0002.diff', 'v7.3/0002a-ring-more.patch']);
  t.equal(filesOf('v7.3/0003').length, 4);
});

t.test('the hash in its record is of those patches', async (t) => {
  const part = await project(t);
  const hash = (id: string): string => seriesDigest(part(id));
  t.equal(hash('v7.3/0001'), hash('v6.12/0001'), 'where the bases do not differ yet');
  t.not(hash('v7.3/0002'), hash('v6.12/0002'));
  t.not(hash('v7.3/0003'), hash('v7.3/0002'));
});
