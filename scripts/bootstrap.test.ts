import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exec } from './lib/exec.ts';
import { HOSTILE, PROXY } from './testing/hostile.ts';

const LOCK = JSON.stringify({
  packages: { '': {}, 'node_modules/zx': { version: '8.0.0' }, 'node_modules/o': { version: '1', optional: true } },
});

/** A clone of the project before its first run. */
function makeClone(dir: string, npm: string): (env?: Readonly<Record<string, string>>) => Promise<string> {
  mkdirSync(join(dir, 'scripts'));
  mkdirSync(join(dir, 'bin'));
  cpSync(join(import.meta.dirname, 'bootstrap.mjs'), join(dir, 'scripts/bootstrap.mjs'));
  writeFileSync(join(dir, 'bin/npm'), `#!/bin/sh\n${npm}\nexit 7\n`, { mode: 0o755 });
  return async (env = {}) => {
    const result = await exec([process.execPath, join(dir, 'scripts/bootstrap.mjs'), 'apply'], {
      env: { ...env, PATH: `${dir}/bin:${process.env['PATH']}` },
    });
    return `${result.exitCode} ${result.stderr}`;
  };
}

t.test('a first run without packages says so before it does anything', async (t) => {
  const dir = t.testdir({});
  const run = makeClone(dir, 'echo "npm $*" >&2');
  t.match(await run(), /^69 package-lock.json is missing/);
  writeFileSync(join(dir, 'package-lock.json'), LOCK);
  t.match(
    await run(),
    /^69 == npm packages: all of them missing[\s\S]*\$ npm ci\nnpm ci --no-audit[\s\S]*npm ci failed/,
  );
});

t.test('npm gets what it needs to fetch, and nothing that changes what it installs', async (t) => {
  const run = makeClone(t.testdir({ 'package-lock.json': LOCK }), 'env >&2; umask >&2');
  const reach = { ...PROXY, npm_config_registry: 'https://registry.example.org', NODE_EXTRA_CA_CERTS: '/etc/hosts' };
  const said = await run({ ...HOSTILE, ...reach });
  const has = (name: string): boolean => new RegExp(`^${name}=`, 'm').test(said);
  t.strictSame(Object.keys(HOSTILE).filter(has), []);
  t.strictSame(Object.keys(reach).filter(has), Object.keys(reach));
  t.match(said, /^0022$/m);
});

t.test('a TMPDIR that cannot be used is none, and no directory is made for it, a row each', async (t) => {
  const dir = t.testdir({ file: '', 'package-lock.json': LOCK, good: {} });
  const run = makeClone(dir, 'echo "[$TMPDIR]" >&2');
  for (const [path, seen] of [
    ['relative', ''],
    [join(dir, 'missing'), ''],
    [join(dir, 'file'), ''],
    ['/proc', ''],
    [join(dir, 'good'), join(dir, 'good')],
  ] as const) {
    t.match(await run({ TMPDIR: path }), `[${seen}]`, path);
  }
});
