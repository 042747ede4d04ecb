import { spawnSync } from 'node:child_process';
import t from 'tap';
import { architectureOf } from '../lib/architecture.ts';
import { INIT, archRootDir, archRootPlan } from './arch-root.ts';
import { bootstrapArgv } from './debian-root.ts';

t.test('packages of another architecture are unpacked, and nothing of them is run', async (t) => {
  const argv = bootstrapArgv(archRootPlan('http://m/', 'arm64'), '/b/r');
  for (const word of ['--variant=extract', '--architectures=arm64', 'trixie', '/b/r', 'http://m/'])
    t.ok(argv.includes(word), word);
  t.match(
    argv.find((word) => word.startsWith('--include=')),
    /,nodejs,.*,libelf-dev,/,
  );
});

t.test('another library of the agent is another root', async (t) => {
  const of = (agent: string): string => archRootDir('/b', architectureOf('default-arm64'), agent);
  t.match(of('koffi@1'), /^\/b\/root-arm64-[0-9a-f]{16}$/);
  t.equal(of('koffi@1'), of('koffi@1'));
  t.not(of('koffi@1'), of('koffi@2'));
});

t.test('the first process is valid bash, and leaves every other process alone', async (t) => {
  t.equal(spawnSync('bash', ['-n'], { input: INIT }).status, 0);
  const sourced = spawnSync('bash', ['-c', `eval "$1"; echo here`, 'x', `early() { ${INIT}\n}; early`], {
    encoding: 'utf8',
  });
  t.match(sourced, { stdout: 'here\n', stderr: '' });
});
