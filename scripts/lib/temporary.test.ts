import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { shellHas } from '../testing/hostile.ts';
import { exec } from './exec.ts';
import { socketRoot, temporaryRoot } from './temporary.ts';

const LONG = 'l'.repeat(100);

t.test('a directory that every tool can work with, and one that is short, a row each', async (t) => {
  const dir = t.testdir({ file: '', 'a blank': {}, 'a,comma': {}, "quo'te": {}, plain: {}, [LONG]: {} });
  const rows: readonly [string, string | undefined, string, string][] = [
    ['not set', undefined, '/tmp', '/tmp'],
    ['usable', '/var/tmp', '/var/tmp', '/var/tmp'],
    ['empty', '', '/tmp', '/tmp'],
    ['relative', 'tmp', '/tmp', '/tmp'],
    ['missing', join(dir, 'missing'), '/tmp', '/tmp'],
    ['a file', join(dir, 'file'), '/tmp', '/tmp'],
    ['unwritable', '/proc', '/tmp', '/tmp'],
    ['a blank', join(dir, 'a blank'), '/tmp', '/tmp'],
    ['a comma', join(dir, 'a,comma'), '/tmp', '/tmp'],
    ['a quote', join(dir, "quo'te"), '/tmp', '/tmp'],
    ['long', join(dir, LONG), join(dir, LONG), '/tmp'],
    ['where a guest mounts its own', '/run', '/run', '/tmp'],
  ];
  for (const [name, given, any, short] of rows) {
    // the default is what the shell says
    shellHas(t, { TMPDIR: given });
    t.equal(temporaryRoot(), any, name);
    t.equal(socketRoot(), short, `${name}: short`);
  }
});

t.test('a link to where a guest mounts its own', async (t) => {
  const link = `/tmp/${process.pid}`;
  symlinkSync('/run', link);
  t.teardown(async () => (await exec(['rm', link])).exitCode);
  t.equal(socketRoot(link), '/tmp');
});

t.test('a tool can make its temporary file, whatever the shell says', async (t) => {
  const dir = t.testdir({ file: '' });
  mkdirSync(join(dir, 'a blank, and a comma'));
  for (const path of [
    join(dir, 'missing'),
    join(dir, 'file'),
    join(dir, 'a blank, and a comma'),
    '/proc',
    'relative',
  ]) {
    shellHas(t, { TMPDIR: path });
    const made = await exec(['sh', '-c', 'file=$(mktemp) && rm "$file" && echo "$file"']);
    t.match(made, { exitCode: 0, stdout: /^\/(?:var\/)?tmp\/tmp\.\w+\n$/ }, path);
  }
});
