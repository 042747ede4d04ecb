import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Outcome } from '../cli.ts';
import { chance, parseKills, share, SHARES, type StageName } from './options.ts';
import type { Person } from './person.ts';
import { processesIn } from './processes.ts';
import { refreshStage, seriesStage } from './stages.ts';
import { formatKills, saidOf, type Row } from './table.ts';

const NAMES = Object.keys(SHARES) as StageName[];

t.test('sixty kills, or as many as are asked for, over the stages that are asked for', async (t) => {
  const sum = (kills: ReadonlyMap<StageName, number>): number => [...kills.values()].reduce((a, b) => a + b, 0);
  t.equal(sum(parseKills([], 7).kills), 60);
  t.strictSame(parseKills([], 7).kills, new Map(Object.entries(SHARES)));
  t.equal(parseKills([], 7).seed, 7);
  t.equal(parseKills(['--seed', '9'], 7).seed, 9);
  t.strictSame(
    parseKills(['--stage', 'boot,apply', '--kills', '9'], 7).kills,
    new Map([
      ['apply', 5],
      ['boot', 4],
    ]),
  );
  for (let kills = 1; kills < 100; kills += 7) t.equal(sum(share(kills, NAMES)), kills);
  for (const wrong of [
    ['--kills', '0'],
    ['--kills', 'many'],
    ['--stage', 'aply'],
    ['--no'],
    ['word'],
    ['--seed', '-1'],
  ]) {
    t.throws(() => parseKills(wrong, 7), { code: 'E_USAGE', exitCode: 2 }, wrong.join(' '));
  }
});

t.test('chance is the same for the same seed, and spread', async (t) => {
  const draw = (seed: number): number[] => Array.from({ length: 1000 }, chance(seed));
  t.strictSame(draw(5), draw(5));
  t.notSame(draw(5), draw(6));
  const tenths = draw(5).map((number) => Math.floor(number * 10));
  t.strictSame([...new Set(tenths)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

t.test('a process is found by its directory and by its command line', async (t) => {
  const dir = t.testdir({ within: {} });
  t.strictSame(processesIn([dir]), []);
  const children = [
    spawn('sleep', ['100'], { cwd: join(dir, 'within'), stdio: 'ignore' }),
    spawn('sh', ['-c', 'read -r _', join(dir, 'x')], { stdio: ['pipe', 'ignore', 'ignore'] }),
  ];
  await Promise.all(children.map((child) => once(child, 'spawn')));
  const found = processesIn([dir]).map((line) => Number.parseInt(line, 10));
  t.strictSame(found.sort(), children.map(({ pid }) => pid).sort());
  for (const child of children) child.kill();
});

t.test('a patch that is neither old nor new is a fault, and so is one that is lost', async (t) => {
  const root = t.testdir({});
  const person = {
    kernel: '/k',
    patches: { one: { '0001-a.patch': 'a', '0002-b.patch': 'b' }, two: { '0001-c.patch': 'c', '0002-b.patch': 'd' } },
  };
  const stage = refreshStage({ root, cacheHome: root, marks: [] }, person as unknown as Person, '/w');
  const rows: readonly [Readonly<Record<string, string>>, number][] = [
    [person.patches.one, 0],
    [person.patches.two, 0],
    [{ '0001-c.patch': 'c', '0001-a.patch': 'a', '0002-b.patch': 'b' }, 0],
    [{ '0001-a.patch': '', '0002-b.patch': 'b' }, 1],
    [{ '0002-b.patch': 'd' }, 1],
    [{ ...person.patches.one, 'x.patch.7.tmp': 'half' }, 0],
  ];
  for (const [index, [files, faults]] of rows.entries()) {
    const patches = join(root, 'patches');
    rmSync(patches, { recursive: true, force: true });
    mkdirSync(patches);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(patches, file), text);
    t.equal(stage.afterKill?.(0).length, faults, `row ${index}`);
  }
});

t.test('other commits of the same patches are a fault', async (t) => {
  const root = t.testdir({ patches: { 'series.yaml': 'file: 0001-a.patch\n', '0001-a.patch': 'why\n---\n' } });
  const stage = seriesStage({ root, cacheHome: root, marks: [] });
  const saying = (head: string): Outcome => ({ code: 0, stdout: JSON.stringify({ head }), stderr: '' });
  t.strictSame(stage.afterNext?.(0, saying('a')), []);
  t.strictSame(stage.afterNext?.(1, saying('b')), [], 'the other variant');
  t.strictSame(stage.afterNext?.(2, saying('a')), []);
  t.match(stage.afterNext?.(3, saying('a')), [/the commits are others: a and not b/]);
});

t.test('the table says what the next run found, and every fault', async (t) => {
  t.equal(saidOf('== apply\n   removed a stale lock: x\n   done\n'), 'removed a stale lock: x');
  t.equal(saidOf('== apply\n$ make again\n   done\n'), 'done');
  t.equal(saidOf(''), '');
  const row: Row = { number: 1, stage: 'apply', instantMs: 1234, code: 0, said: 'a | b', seconds: 2.345, faults: [] };
  const text = formatKills([row, { ...row, number: 2, code: null, faults: ['after the kill there is 7 make'] }], 5);
  t.match(text, /^\| 1 \| apply \| 1\.23 s \| 0 \| a \/ b \| 2\.3 \|$/m);
  t.match(text, /^kill 2 \(apply\): after the kill there is 7 make\n2 kills, 1 with a fault, seed 5$/m);
});
