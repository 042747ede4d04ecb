import { chmodSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import type { ApplyRecord } from '../records/apply.ts';
import type { StageContext } from '../lib/stage.ts';
import { openRun } from '../lib/record.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { loadSeries } from '../series/load.ts';
import { commit, write, type Fixture } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';
import { editManifest } from '../testing/two-bases.ts';
import { CHECKS } from './list.ts';
import { check } from './stage.ts';
import type { CheckRecord } from '../records/series.ts';

t.setTimeout(300_000);

const DOC = `print("${'helper '.repeat(200)}")\n`;
/** What stands for the kernel's own scripts: each says what a green one says. */
const SCRIPTS = {
  'scripts/checkpatch.pl': 'print "total: 0 errors, 0 warnings, 0 checks, 20 lines checked\\n";\n',
  'scripts/get_maintainer.pl': 'print \'A Maintainer <a@example.org>\', "\\n";\n',
  'scripts/bpf_doc.py': DOC,
  'scripts/kernel-doc': '#!/bin/sh\n',
  'include/uapi/linux/bpf.h': '/* uapi */\n',
  'tools/include/uapi/linux/bpf.h': '/* uapi */\n',
};

async function onTree(
  t: Test,
  files: Readonly<Record<string, string>>,
): Promise<{ f: Fixture; ctx: StageContext; record: ApplyRecord }> {
  const f = await withSeries('check');
  useCacheHome(t, dirname(f.context.cache.root));
  t.teardown(f.remove);
  const all = { ...SCRIPTS, ...files };
  write(f.kernel, all);
  chmodSync(join(f.kernel, 'scripts/kernel-doc'), 0o755);
  commit(f.kernel, 'scripts', all);
  const ctx: StageContext = {
    root: f.project,
    log: f.context.log,
    signal: new AbortController().signal,
    run: openRun(f.project, 'check'),
    dryRun: false,
  };
  return { f, ctx, record: await apply(f) };
}

const quick = (apply: ApplyRecord, only: readonly string[] = []): Parameters<typeof check>[1] => ({
  apply,
  dotconfig: '',
  only,
  quick: true,
});
const types = (record: CheckRecord): string[] =>
  record.patches.flatMap((patch) => patch.findings.map(({ type }) => `${patch.id} ${type}`));

t.test('each patch alone, with what is wrong with it and nothing else', async (t) => {
  const { ctx, record } = await onTree(t, {});
  const result = await check(ctx, quick(record));
  t.strictSame(types(result), ['03 BODY_EMPTY']);
  t.match(result, {
    ok: false,
    head: record.head,
    patches: [
      { id: '01', linesChecked: 20, maintainers: ['A Maintainer <a@example.org>'] },
      { id: '02' },
      { id: '03' },
    ],
  });
  const [first] = result.patches;
  t.strictSame(
    first?.columns.map(({ check: name }) => name),
    CHECKS.map(({ name }) => name),
    'a column for each check',
  );
  t.match(first?.columns.slice(-4), Array(4).fill({ verdict: 'left out' }), 'and no pass for what did not run');
  t.match(
    JSON.parse(readFileSync(join(ctx.run.dir, 'check.part.json'), 'utf8')),
    { stage: 'check', ok: false },
    'a part is no verdict',
  );
  t.match(await check(ctx, quick(record, ['02'])), { ok: true, patches: { length: 1 } });
});

t.test('tools that find something, and tools that did not run', async (t) => {
  const { ctx, record } = await onTree(t, {
    'scripts/checkpatch.pl':
      'print "x.patch:7: WARNING:LONG_LINE: line length of 120\\ntotal: 0 errors, 1 warnings, 20 lines checked\\n";\n',
    'scripts/get_maintainer.pl': '',
    'scripts/bpf_doc.py': 'raise SystemExit(1)\n',
    'tools/include/uapi/linux/bpf.h': '/* older, and so on the base: not of this patch */\n',
    // one that the parent has, and one for each line that the patch changes
    'scripts/kernel-doc':
      '#!/bin/sh\nshift\necho "Warning: $1:1 as before" >&2\n' +
      'sed -n "s,^core line five$,Warning: $1:5 new,p" "$1" >&2\n',
  });
  t.strictSame(types(await check(ctx, quick(record, ['01']))), [
    '01 LONG_LINE',
    '01 KERNEL_DOC',
    '01 BPF_DOC',
    '01 BPF_DOC',
    '01 BPF_DOC',
    '01 NO_MAINTAINER',
  ]);
  const silent = await onTree(t, { 'scripts/checkpatch.pl': 'die "no such module\\n";\n' });
  t.match(await failure(check(silent.ctx, quick(silent.record))), {
    code: 'E_CHECK',
    exitCode: 10,
    message: /checked nothing/,
    detail: /no such module/,
  });
  const broken = await onTree(t, { 'scripts/kernel-doc': '#!/bin/sh\necho "no such module" >&2\nexit 1\n' });
  t.match(await failure(check(broken.ctx, quick(broken.record))), {
    code: 'E_CHECK',
    message: 'kernel-doc does not run',
    detail: /no such module/,
    next: /kernel-doc'? -none kernel\/core\.c$/,
  });
});

t.test('on another base a patch is checked with the diff that it has there', async (t) => {
  const { f, ctx } = await onTree(t, {
    'scripts/checkpatch.pl':
      'local $/; open my $f, "<", $ARGV[-1]; my $n = () = <$f> =~ /25!/g; ' +
      'print "total: 0 errors, 0 warnings, $n lines checked\\n";\n',
  });
  editManifest(f, (text) =>
    text.replace('patches:', '  v6.12-next:\n    kernel: "6.12"\n    debian: linux-source-0.1\npatches:'),
  );
  const diff = loadSeries(f.project).patches[2]?.diff ?? '';
  write(f.project, { 'patches/v6.12-next/0003.diff': diff.replace('+core line twenty-five', '+core line 25!') });
  const record = await apply(f, {}, { base: 'v6.12-next' });
  t.match(await check(ctx, quick(record, ['03'])), { patches: [{ id: '03', linesChecked: 1 }] });
});
