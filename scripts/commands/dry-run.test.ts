/** What a dry run of a command prints for a kernel that the records know. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { VARIANTS } from '../check/variants.ts';
import { EXIT } from '../lib/errors.ts';
import { applied } from '../testing/applied.ts';
import { run } from '../testing/command-line.ts';
import { applyRecord, buildRecord, configRecord, rememberBuild, sourceTree, writeRun } from '../testing/records.ts';

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The commands of a dry run, without what is no command. */
async function dryRun(t: Test, root: string, argv: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(root, [...argv, '--dry-run']);
  t.equal(code, EXIT.pass, stderr);
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
}

t.test('check and bisect of some patches and variants print what would be run for those, and no more', async (t) => {
  const root = applied(t);
  const scratch = `${join(root, 'w')}-scratch`;
  const {
    commits: [first, second],
  } = applyRecord(root);
  const checkout = (commit: string | undefined): string => `git -C ${scratch} checkout --detach ${commit}`;
  const checked = await dryRun(t, root, ['check', '02', '--quick']);
  t.strictSame(checked, [
    checkout(second?.commit),
    `perl ${scratch}/scripts/checkpatch.pl --strict --codespell --terse --show-types --color=never ` +
      `--root=${scratch} patches/0002-bpf.patch`,
  ]);
  t.equal((await dryRun(t, root, ['check', '--quick'])).length, 4, 'all without a name');
  t.match(
    (await dryRun(t, root, ['check', '01'])).slice(2),
    [/ O=build-check .* olddefconfig$/, / W=1 C=1 FILE\.o$/, / O=build-check-clang .* olddefconfig$/, / W=1 FILE\.o$/],
    'what compiles',
  );

  const bisected = await dryRun(t, root, ['bisect', '01', '--variant', 'default,BPF_JIT=n']);
  t.match(bisected, {
    0: checkout(first?.commit),
    1: / O=build-default .* bzImage$/,
    2: / O=build-bisect-BPF_JIT-n .* vmlinux$/,
    length: 3,
  });
  t.equal((await dryRun(t, root, ['bisect'])).length, 2 * (1 + VARIANTS.length));
});

t.test('the benchmarks of a kernel that was built: boots and programs, and where the instructions are', async (t) => {
  const root = applied(t);
  const { worktree, tree } = applyRecord(join(root, 'w'));
  const build = buildRecord(configRecord(sourceTree(worktree, { tree })), { bzImage: join(root, 'package.json') });
  writeRun(root, '20260102T000000-build-1', { 'build.default': build });
  rememberBuild(build);
  const file = (name: string): string => join(PROJECT, 'selftests/bench', name);
  t.ok(existsSync(file('emit.bpf.c')));
  // sources of the guest's program, as far as their names are looked at
  symlinkSync(file('native'), join(root, 'selftests/bench/native'));
  const lines = await dryRun(t, root, ['bench', 'reach', '--built', '--kernels', 'series', '--repetitions', '3']);
  t.match(
    lines,
    {
      0: /^clang .*# and \d+ more$/,
      1: /^gcc /,
      2: /^guest: \S+\/bench \S+\/series 3 reach$/,
      3: /^guest: .* 3 reach$/,
      length: 4,
    },
    'with and without retpolines',
  );
  t.match(await dryRun(t, root, ['bench', '--built', '--profile', 'emit-48-0/perf_percpu']), {
    2: /^gcc -shared .*profile-plugin/,
    length: 3,
  });
});

t.test('the long forms of the topics that have one, on each kernel once', async (t) => {
  const root = applied(t);
  const build = buildRecord(configRecord(sourceTree(join(root, 'w'))), { bzImage: join(root, 'package.json') });
  t.match(await run(root, ['soak', '--config', 'debug', '--dry-run']), {
    code: EXIT.usage,
    stderr: /E_RECORD_MISSING: no build\.debug record[\s\S]*npm test -- --config debug\n$/,
  });
  writeRun(root, '20260102T000000-build-1', { 'build.default': build });
  rememberBuild(build);
  // this does not need the compiler of the BPF programs
  const { PATH: path } = process.env;
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/clang-19'), '#!/bin/sh\necho clang 19\n', { mode: 0o755 });
  mkdirSync(join(root, 'kconfig'));
  writeFileSync(join(root, 'kconfig/default.config'), 'CONFIG_BPF=y\n');
  process.env['PATH'] = `${join(root, 'bin')}:${path}`;
  t.teardown(() => void (process.env['PATH'] = path));
  t.match(await dryRun(t, root, ['soak', '--config', 'default,default']), {
    0: /^DTRACE_SELFTESTS_LENGTH=soak vng --run /,
    1: 'DTRACE_SELFTESTS_LENGTH=soak node --import tsx selftests/order.test.ts',
    length: 2,
  });
});
