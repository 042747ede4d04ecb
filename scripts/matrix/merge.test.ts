import fc from 'fast-check';
import t from 'tap';
import { EXIT, WorkbenchError, type ErrorCode } from '../lib/errors.ts';
import type { CellRecord } from '../records/cell.ts';
import { cellsOf, type Cell } from './cells.ts';
import { formatMatrix } from './format.ts';
import { exitCodeOf, mergeCells, type Found, type MatrixReport, type Wanted } from './merge.ts';
import { verdictOf } from './verdict.ts';

const DATA = {
  bases: { one: { kernel: '6.12', debian: 'linux-source-6.12' }, two: { kernel: '7.3', debian: 'linux-source-7.3' } },
  patches: [
    { id: '01', file: '0001-a.patch' },
    { id: '02', file: '0002-b.patch' },
  ],
};
const CELLS = cellsOf(DATA, ['default']);
const seriesOf = ({ patch }: Cell): string => `series ${patch}`;
const WANTED: Wanted = { until: 'test', project: 'project', seriesOf };

function record(id: string, more: Partial<CellRecord> = {}): CellRecord {
  const [base = '', patch = ''] = id.split('/');
  return {
    stage: 'cell',
    cell: id,
    until: 'test',
    project: 'project',
    series: `series ${patch}`,
    baseCommit: `commit of ${base}`,
    tree: `tree of ${base}/${patch}`,
    verdict: 'passed',
    exitCode: 0,
    reason: '',
    topics: [{ topic: 'agent', passed: 3, failed: 0, skipped: 0 }],
    host: 'h1',
    finished: '2026-01-01T00:00:00.000Z',
    ms: 1,
    ...more,
  };
}

const [A = '', B = '', C = '', D = ''] = CELLS.map(({ id }) => id);
const ALL = [A, B, C, D].map((id): Found => ({ path: `${id}/cell.json`, record: record(id) }));
const merge = (...found: readonly Found[]): MatrixReport => mergeCells(CELLS, WANTED, found);
const more = (name: string, value: unknown): Found => ({ path: `more/${name}`, record: value });
const states = ({ cells }: MatrixReport): string[] => cells.map(({ state }) => state);

t.test('all cells', async (t) => {
  const report = merge(...ALL);
  t.match(report, { passed: 4, failed: 0, missing: 0 });
  t.strictSame(report.refused, []);
  t.equal(exitCodeOf(report), EXIT.pass);
  t.equal(
    formatMatrix(report).split('\n')[0],
    'one/0001/default/x86_64  passed   1 topics: 3 passed, 0 failed, 0 skipped',
  );
});

t.test('a cell without a result is missing, with its command', async (t) => {
  const died = record(B, { verdict: 'died', exitCode: EXIT.host, reason: 'E_HOST_SPACE: no space left' });
  const report = merge(...ALL.slice(0, 1), more('died', died), ...ALL.slice(2, 3));
  t.strictSame(states(report), ['passed', 'missing', 'passed', 'missing']);
  t.match(report.cells[1], { reason: 'E_HOST_SPACE: no space left', command: `npm run matrix -- --cell ${B}` });
  t.match(report.cells[3], { reason: 'no record', command: `npm run matrix -- --cell ${D}` });
  t.equal(exitCodeOf(report), EXIT.test, 'what did not run has not passed');
  t.match(formatMatrix(report), new RegExp(`^${D} +missing  no record\n    npm run matrix -- --cell ${D}$`, 'm'));
  t.match(formatMatrix(report), /^4 cells: 2 passed, 0 failed, 2 missing$/m);
  t.strictSame(states(merge(...ALL, more('died', died))), states(merge(...ALL)), 'the one that was run again counts');
  t.equal(exitCodeOf({ cells: [], missing: 0 }), EXIT.test, 'nothing is no success');
});

t.test('results of another tree are refused, a row each', async (t) => {
  const rows: [name: string, value: unknown, reason: RegExp][] = [
    ['series', record(A, { series: 'series 0002' }), /^another series: series 0002$/],
    ['project', record(A, { project: 'yours' }), /^another workbench or topics: yours$/],
    ['until', record(A, { until: 'apply' }), /^it goes as far as apply, and not test$/],
    ['cell', record('three/0001/default/x86_64'), /^no cell three\/0001\/default\/x86_64 was asked for$/],
    ['base', record(A, { baseCommit: 'older', finished: '2025-01-01T00:00:00.000Z' }), /^another base commit: older$/],
    [
      'tree',
      record(A, { tree: 'forged', finished: '2025-01-01T00:00:00.000Z' }),
      /^another tree of the same patches: forged$/,
    ],
    ['half', { ...record(A), verdict: undefined }, /^not a record of a cell$/],
    ['text', undefined, /^not a record of a cell$/],
    ['red as 0', record(A, { verdict: 'failed', reason: 'x' }), /^not a record of a cell$/],
    ['dead as 0', record(A, { verdict: 'died', reason: 'x' }), /^not a record of a cell$/],
    ['green as 1', record(A, { exitCode: 1 }), /^not a record of a cell$/],
    ['no tree', record(A, { tree: '' }), /^not a record of a cell$/],
    ['no base', record(A, { baseCommit: '' }), /^not a record of a cell$/],
    ['no test', record(A, { topics: [] }), /^not a record of a cell$/],
    ['red', record(A, { topics: [{ topic: 'a', passed: 1, failed: 1, skipped: 0 }] }), /^not a record of a cell$/],
    ['no date', record(A, { finished: 'yesterday' }), /^not a record of a cell$/],
  ];
  for (const [name, value, reason] of rows) {
    const report = merge(...ALL, more(name, value));
    t.match(report.refused, [{ path: `more/${name}`, reason }], name);
    t.strictSame(report.cells, merge(...ALL).cells, name);
    t.match(formatMatrix(report), /^4 cells: 4 passed, 0 failed, 0 missing; 1 records refused$/m, name);
    const alone = merge(...ALL.slice(1), more(name, value));
    if (!['base', 'tree'].includes(name)) t.match(alone.cells[0], { state: 'missing', reason: 'no record' }, name);
  }
});

t.test('a base that moved on: its older results are refused, whatever the cell', async (t) => {
  const report = merge(...ALL, more('new', record(B, { baseCommit: 'newer', finished: '2027-01-01T00:00:00.000Z' })));
  t.strictSame(states(report), ['missing', 'passed', 'passed', 'passed'], 'the other base is another one');
  t.match(report.refused, [{ path: `${A}/cell.json` }, { path: `${B}/cell.json` }]);
  const unreached = record(A, {
    baseCommit: '',
    tree: '',
    verdict: 'died',
    exitCode: 69,
    reason: 'no network',
    finished: '2027-01-01T00:00:00.000Z',
  });
  t.strictSame(states(merge(...ALL, more('unreached', unreached))), states(merge(...ALL)), 'no word is none');
});

t.test('a failure is not undone by a machine on which the cell passed', async (t) => {
  const red = record(C, {
    verdict: 'failed',
    exitCode: EXIT.build,
    reason: 'E_BUILD: expected ;',
    finished: '2024-01-01T00:00:00.000Z',
  });
  t.match(merge(...ALL.slice(0, 2), more('red', red)).cells[2], { state: 'failed', reason: 'E_BUILD: expected ;' });
  const report = merge(...ALL, more('red', red));
  t.match(report.cells[2], { state: 'failed', exitCode: EXIT.build, reason: 'E_BUILD: expected ; (in 1 of 2 runs)' });
  t.equal(exitCodeOf(report), EXIT.build);
  const worse = more('worse', record(D, { verdict: 'failed', exitCode: EXIT.boot, reason: 'E_BOOT: no' }));
  t.equal(exitCodeOf(merge(...ALL, worse, more('red', red))), EXIT.build, 'that of the first one');
});

t.test('any order and any number of the same records, one report', async (t) => {
  const found = [
    ...ALL.slice(0, 3),
    more('again', record(A, { host: 'h2', finished: '2027-01-01T00:00:00.000Z', ms: 9 })),
    more('red', record(B, { verdict: 'failed', exitCode: 1, reason: 'x' })),
    more('died', record(D, { verdict: 'died', exitCode: 69, reason: 'y' })),
  ];
  const { refused: _, ...once } = merge(...found);
  fc.assert(
    fc.property(fc.array(fc.nat(found.length - 1), { maxLength: 12 }), (extra) => {
      const copies = extra.flatMap((at): Found[] => {
        const one = found[at];
        return one === undefined ? [] : [{ path: `copy-${at}`, record: structuredClone(one.record) }];
      });
      const { refused, ...again } = merge(...copies, ...[...found].reverse());
      t.strictSame(refused, []);
      return JSON.stringify(again) === JSON.stringify(once);
    }),
  );
});

t.test('what says something about a cell, and what only about the machine', async (t) => {
  const rows: [code: ErrorCode, verdict: string][] = [
    ['E_PATCH_CONFLICT', 'failed'],
    ['E_CONFIG_DROPPED', 'failed'],
    ['E_BUILD', 'failed'],
    ['E_BUILD_WARNING', 'failed'],
    ['E_BOOT', 'failed'],
    ['E_BASE', 'died'],
    ['E_HOST_SPACE', 'died'],
    ['E_HOST_NETWORK', 'died'],
    ['E_LOCKED', 'died'],
    ['E_INTERNAL', 'died'],
    ['E_USAGE', 'died'],
  ];
  for (const [code, verdict] of rows) t.equal(verdictOf(new WorkbenchError(code, 'x')), verdict, code);
});
