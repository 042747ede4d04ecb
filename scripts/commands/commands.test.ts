import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { silentLog } from '../lib/log.ts';
import type { AnyCommand, Context } from '../lib/options.ts';
import { parseOptions } from '../lib/options.ts';
import { writeJson } from '../lib/record.ts';
import { write } from '../testing/project.ts';
import { apply, withSeries } from '../testing/series.ts';
import { command as applyCommand } from './apply.ts';
import { command as bisectCommand } from './bisect.ts';
import { command as buildCommand } from './build.ts';
import { command as checkCommand } from './check.ts';
import { command as cleanCommand } from './clean.ts';
import { command as configCommand } from './config.ts';
import { command as exportCommand } from './export.ts';
import { command as refreshCommand } from './refresh.ts';
import { command as testOnlyCommand } from './test-only.ts';
import { command as testCommand } from './test.ts';

t.setTimeout(300_000);

t.test('a dry run prints commands and leaves nothing behind', async (t) => {
  const f = await withSeries('dry');
  const saved = { ...process.env };
  t.teardown(() => {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
    f.remove();
  });
  // nobody has to have the compiler of the BPF programs for this
  mkdirSync(join(f.dir, 'bin'));
  writeFileSync(join(f.dir, 'bin/clang-19'), '#!/bin/sh\necho clang 19\n', { mode: 0o755 });
  Object.assign(process.env, { XDG_CACHE_HOME: dirname(f.context.cache.root), PATH: `${join(f.dir, 'bin')}:${saved['PATH']}` });
  write(f.project, { 'kconfig/default.config': '# Why.\nCONFIG_EXPERT=y\n', 'selftests/topic.test.ts': '', 'selftests/progs/topic.bpf.c': '' });
  const record = await apply(f);
  mkdirSync(join(f.project, 'out/20260101T000000-apply-1'), { recursive: true });
  writeJson(join(f.project, 'out/20260101T000000-apply-1/apply.json'), record);
  writeJson(join(f.project, 'out/20260101T000000-apply-1/build.default.json'), {
    stage: 'build', config: 'default', release: '6.12', source: { tree: record.tree }, buildDir: '/nowhere', dotconfig: '', libbpfSo: '', uapi: '',
    bzImage: join(record.worktree, 'Makefile'), bpfIncludes: [],
  });
  const everything = (): string[] => [f.project, f.context.cache.root].flatMap((dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' })).sort();
  const before = everything();

  const commands: [AnyCommand, string[], RegExp][] = [
    [applyCommand as AnyCommand, ['--tree', f.kernel], /git -C .* am --3way patches\/0001/],
    [configCommand as AnyCommand, [], /olddefconfig/],
    [buildCommand as AnyCommand, ['--config', 'default'], /bzImage[^]*clang-19 .*topic\.bpf\.c/],
    [checkCommand as AnyCommand, [], /checkpatch/],
    [bisectCommand as AnyCommand, [], /checkout --detach/],
    [testCommand as AnyCommand, ['--tree', f.kernel], /worktree add[^]*olddefconfig[^]*vng[^]*selftests\/topic\.test\.ts/],
    [testOnlyCommand as AnyCommand, ['topic'], /vng[^]*selftests\/topic\.test\.ts/],
    [refreshCommand as AnyCommand, ['--tree', f.kernel], /3 patches/],
    [exportCommand as AnyCommand, ['--tree', f.kernel], /\[RFC PATCH v2 0\/3\] cover\n[^]*would write .*series\.mbox/],
    [cleanCommand as AnyCommand, ['--all', '--force'], /rm -rf/],
  ];
  for (const [command, argv, expected] of commands) {
    const parsed = parseOptions(command, [...argv, '--dry-run']);
    let said = '';
    const context: Context = {
      root: f.project, args: parsed.args, options: parsed.values, json: false, dryRun: parsed.dryRun, signal: new AbortController().signal,
      log: (entry) => {
        silentLog(entry);
        if (entry.kind === 'command') said += `${entry.text}\n`;
      },
      print: (text) => void (said += `${text}\n`),
    };
    t.equal(await command.run(context as Context<never>), 0, command.name);
    t.match(said, expected, command.name);
    t.strictSame(everything(), before, `${command.name} wrote nothing`);
  }
});
