import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { EXIT } from '../lib/errors.ts';
import { writeJson } from '../lib/record.ts';
import { commandNames } from '../main.ts';
import { green } from '../testing/report.ts';
import { only, run } from '../testing/command-line.ts';
import { sequence } from '../testing/pattern.ts';
import { commit, write, type Fixture } from '../testing/project.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { apply, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A project whose series is applied and, as far as a dry run looks, built, and its way out of a test. */
async function prepared(t: Test): Promise<Fixture> {
  const f = await withSeries('commands');
  const saved = { ...process.env };
  t.teardown(() => {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
    f.remove();
  });
  // this does not need the compiler of the BPF programs
  mkdirSync(join(f.dir, 'bin'));
  writeFileSync(join(f.dir, 'bin/clang-19'), '#!/bin/sh\necho clang 19\n', { mode: 0o755 });
  Object.assign(process.env, {
    XDG_CACHE_HOME: dirname(f.context.cache.root),
    PATH: `${join(f.dir, 'bin')}:${saved['PATH']}`,
  });
  write(f.project, {
    'package.json': '{"scripts": {}}',
    'CHECKLIST.md': '',
    'kconfig/default.config': '# Why.\nCONFIG_EXPERT=y\n',
    'kconfig/debug.config': '# on: default\n\n# Why.\nCONFIG_KASAN=y\n',
    'kconfig/clients.config': '# on: default\n# for: clients\n\n# Why.\nCONFIG_IKHEADERS=y\n',
    'kconfig/regress.config': '# on: default\n# for: regress\n\n# Why.\nCONFIG_KEYS=y\n',
    'selftests/topic.test.ts': "import { soak } from './lib/native.ts';\n",
    'selftests/progs/topic.bpf.c': '',
    'scripts/one.test.ts': '',
    'scripts/one.host.test.ts': '',
  });
  // what the benchmarks are made of
  for (const place of ['selftests/bench', 'selftests/kernel'])
    symlinkSync(join(PROJECT, place), join(f.project, place));
  // knows one maintainer, and says which patches it was asked about
  commit(f.kernel, 'recipients', {
    'scripts/get_maintainer.pl':
      "print 'Ann <ann@x.org> (maintainer:', scalar(grep { /^Subject: / } <STDIN>), ' patches)', qq{\\n};\n",
  });
  const record = await apply(f);
  const out = join(f.project, 'out/20260101T000000-apply-1');
  mkdirSync(out, { recursive: true });
  writeJson(join(out, 'apply.json'), record);
  for (const config of ['default', 'debug']) {
    const source = sourceTree(record.worktree, {
      tree: record.tree,
      baseCommit: record.base.commit,
      head: record.head,
    });
    const built = buildRecord(configRecord(source, { config }), {
      release: '6.12',
      buildDir: join(f.dir, `build-${config}`),
      bzImage: join(record.worktree, 'Makefile'),
    });
    writeJson(join(out, `build.${config}.json`), built);
    mkdirSync(built.buildDir);
    writeJson(join(built.buildDir, '.workbench-built.json'), { tree: record.tree, record: built });
  }
  return f;
}

t.test('a dry run prints commands, as text and as one record, and leaves nothing behind', async (t) => {
  const f = await prepared(t);
  const everything = (): string[] =>
    [f.project, f.context.cache.root].flatMap((dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' })).sort();
  const before = everything();
  const rows: Record<string, [argv: string[], expected: RegExp]> = {
    apply: [['--tree', f.kernel], /git -C .* am --3way .*patches\/0001/],
    bench: [['--built', 'reach'], /^guest: /m],
    bisect: [[], /checkout --detach/],
    build: [
      ['--config', 'default,debug'],
      /O=build-default [\s\S]*bzImage[\s\S]*clang-19 .*topic\.bpf\.c[\s\S]*O=build-debug /,
    ],
    check: [[], /checkpatch/],
    checklist: [[], /^# would read .*CHECKLIST\.md/],
    clients: [
      ['bpftrace', '--accel', 'tcg'],
      sequence(
        /unshare .*mmdebstrap [\s\S]*O=build-clients /,
        /[\s\S]*checkout --detach[\s\S]*O=build-clients [\s\S]*chroot .*bpftrace -e/,
      ),
    ],
    clean: [['--all', '--force'], /rm -rf /],
    config: [['--config', 'default,debug'], /O=build-default .*olddefconfig[\s\S]*O=build-debug .*olddefconfig/],
    diff: [
      [join(f.project, 'patches')],
      /^# would compare .*patches \(v2 for v6\.12\) against patches \(v2 for v6\.12\)\n# would write /,
    ],
    doctor: [[], /git --version\n/],
    export: [
      ['--tree', f.kernel],
      sequence(
        /worktree add[\s\S]*perl scripts\/get_maintainer\.pl /,
        /[\s\S]*# \[RFC PATCH v2 0\/3\] cover\n[\s\S]*# would write .*series\.mbox/,
      ),
    ],
    fuzz: [['--seed', '3'], /^# would run 100000 programs of seed 3 in \d+ guests with .*Makefile$/m],
    matrix: [['--cell', 'v6.12/0001/default/x86_64'], /worktree add[\s\S]*# then the kernel of default\n/],
    refresh: [['--tree', f.kernel], /^# 3 patches/],
    regress: [
      [],
      /checkout --detach[\s\S]*-scratch'? archive [\s\S]*modules_prepare[\s\S]*\/test_verifier[\s\S]*perf_events\/mmap/,
    ],
    report: [[], /^# would write .*report\.\{html,txt,xml,json,kcidb\.json\}/],
    soak: [[], /DTRACE_SELFTESTS_LENGTH=soak .*vng[\s\S]*=soak node .*topic\.test\.ts/],
    test: [
      ['--tree', f.kernel, '--config', 'default,debug'],
      /worktree add[\s\S]*olddefconfig[\s\S]*vng[\s\S]* 2048M[\s\S]*selftests\/topic\.test\.ts[\s\S]* 4096M/,
    ],
    'test:host': [[], /node --import tsx scripts\/one\.host\.test\.ts/],
    'test:only': [['topic', '--config', 'default,debug'], /vng[\s\S]*selftests\/topic\.test\.ts[\s\S]*vng/],
    'test:unit': [[], /\/tsc\S* --noEmit[\s\S]*node --import tsx scripts\/one\.test\.ts/],
  };
  t.strictSame(Object.keys(rows).sort(), commandNames());
  for (const [name, [argv, expected]] of Object.entries(rows)) {
    const text = await run(f.project, [name, ...argv, '--dry-run']);
    t.equal(text.code, EXIT.pass, `${name}: ${text.stderr}`);
    t.match(text.stdout, expected, name);
    const json = await run(f.project, [name, ...argv, '--dry-run', '--json']);
    t.equal(json.code, EXIT.pass, name);
    const { dryRun, notes } = only(t, json, name) as { dryRun: string[]; notes: string[] };
    const lines = text.stdout.split('\n').filter(Boolean);
    const stable = (line: string): string => line.replace(/\d{8}T\d{6}-/g, '');
    t.strictSame(dryRun.map(stable), lines.filter((line) => !line.startsWith('# ')).map(stable), name);
    t.strictSame(
      notes.map(stable),
      lines.filter((line) => line.startsWith('# ')).map((line) => stable(line.slice(2))),
      name,
    );
    t.strictSame(everything(), before, `${name} wrote nothing`);
  }
});

t.test('what a command did is one record', async (t) => {
  const f = await prepared(t);
  const saved = join(f.project, 'out/20260102T000000-test-1');
  mkdirSync(saved);
  for (const [name, record] of green()) writeJson(join(saved, `${name}.json`), record as object);
  const rows: [argv: string[], code: number, expected: object][] = [
    [['apply', '--tree', f.kernel], EXIT.pass, { stage: 'apply', reused: 3 }],
    [['refresh', '--tree', f.kernel], EXIT.pass, { patches: { length: 3 } }],
    [
      ['export', '--tree', f.kernel],
      EXIT.pass,
      {
        subjects: { length: 4 },
        sender: null,
        since: null,
        recipients: [{ who: 'Ann <ann@x.org>', role: /3 patches/ }],
      },
    ],
    [
      ['export', '--tree', f.kernel, '--from', 'Jane <jane@x.org>', '--since', join(f.project, 'patches')],
      EXIT.pass,
      { sender: 'Jane <jane@x.org>', since: /patches$/, messageIds: { length: 4 } },
    ],
    [
      ['export', '--tree', f.kernel, '--without', 'ann@x.org,bob@x.org'],
      EXIT.usage,
      { error: { code: 'E_USAGE', message: 'not among the recipients: bob@x.org' } },
    ],
    [['export', '--tree', f.kernel, '--without', 'ann@x.org'], EXIT.usage, { error: { code: 'E_USAGE' } }],
    [['export', '--tree', f.kernel, '--since', 'nowhere'], EXIT.usage, { error: { code: 'E_USAGE' } }],
    [['diff', join(f.project, 'patches')], EXIT.pass, { stage: 'diff', rows: { length: 3 } }],
    [['report'], EXIT.pass, { verdict: 'PASS', passed: 1 }],
    [['checklist', '--claims-only'], EXIT.check, { stage: 'checklist', problems: [{ code: String }] }],
    [['clean'], EXIT.pass, { removed: Array, kept: Array }],
    [['test:only', 'no-such-topic'], EXIT.usage, { error: { code: 'E_USAGE', next: 'npm test -- --help' } }],
    [['bisect', '99'], EXIT.usage, { error: { code: 'E_USAGE', next: 'npm run bisect -- --help' } }],
  ];
  for (const [argv, code, expected] of rows) {
    const outcome = await run(f.project, [...argv, '--json']);
    t.equal(outcome.code, code, `${argv.join(' ')}: ${outcome.stderr}`);
    t.match(only(t, outcome, argv.join(' ')), expected);
  }
});
