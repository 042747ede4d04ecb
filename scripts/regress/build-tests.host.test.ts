/**
 * A small tree, laid out as the kernel's tests are, and the real make and compiler: what does not build is left out.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import { must } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { eventually } from '../testing/process.ts';
import { write } from '../testing/project.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { builtTests, buildTests, testsOf } from './build-tests.ts';
import { PARTS } from './recipe.ts';

t.setTimeout(120_000);

/** As in the kernel's Makefile, every test waits for the skeletons of all programs, and the runner for every test. */
const BPF = String.raw`OUT := $(CURDIR)
skels := $(patsubst progs/%.c,$(OUT)/%.skel.h,$(wildcard progs/*.c))
tests := $(patsubst prog_tests/%.c,$(OUT)/%.test.o,$(wildcard prog_tests/*.c))
$(OUT)/test_progs: $(tests) $(OUT)/module.ko
	@printf '  %-8s %s\n' BINARY $(@F)
	@gcc -o $@ $(tests) main.c
$(OUT)/test_verifier: main.c
	@printf '  %-8s %s\n' BINARY $(@F)
	@gcc -o $@ $<
$(OUT)/%.bpf.o: progs/%.c
	@printf '  %-8s %s %s\n' CLNG-BPF '[test_progs]' $(@F)
	@gcc -c -o $@ $<
$(OUT)/%.skel.h: $(OUT)/%.bpf.o
	@echo 'static int $*;' > $@
$(OUT)/%.test.o: prog_tests/%.c $(skels)
	@printf '  %-8s %s %s\n' TEST-OBJ '[test_progs]' $(@F)
	@gcc -I. -c -o $@ $<
$(OUT)/module.ko: module.c
	@printf '  %-8s %s\n' MOD $(@F)
	@gcc -c -o $@ module.c
.SECONDARY:
`;
const PERF = `$(CURDIR)/%: %.c
	@gcc -o $@ $<
`;
const TESTS = 'tools/testing/selftests/bpf';
const uses = (program: string, name: string, body = ''): string =>
  `#include "${program}.skel.h"\nvoid test_${name}(void) { ${body} }\n`;
const FILES: Readonly<Record<string, string>> = {
  [`${TESTS}/Makefile`]: BPF,
  [`${TESTS}/main.c`]: 'int main(void) { return 0; }\n',
  [`${TESTS}/module.c`]: 'int module;\n',
  [`${TESTS}/progs/good.c`]: 'int good;\n',
  [`${TESTS}/progs/ipv6.c`]: 'struct sock { int v4; };\nint get(struct sock *sk) { return sk->v6; }\n',
  [`${TESTS}/prog_tests/good.c`]: uses('good', 'good'),
  [`${TESTS}/prog_tests/ipv6.c`]: `${uses('ipv6', 'ipv6')}void helper(void) {}\n`,
  [`${TESTS}/prog_tests/caller.c`]: `extern void helper(void);\n${uses('good', 'caller', 'helper();')}`,
  [`${TESTS}/prog_tests/lost.c`]: uses('nowhere', 'lost'),
  'tools/testing/selftests/perf_events/Makefile': PERF,
  'tools/testing/selftests/perf_events/mmap.c': 'int main(void) { return 0; }\n',
  'tools/testing/selftests/perf_events/sigtrap_threads.c': 'int main(void) { return nothing; }\n',
  Makefile: 'modules_prepare:\n\t@echo prepared > $(O)/prepared\n',
};

interface Tree {
  readonly ctx: StageContext;
  readonly build: BuildRecord;
  readonly dir: string;
  readonly own: string;
}

/** A file of a directory that git would not have without one. */
const partFile = (part: string): string => (/^[A-Z]|Makefile$/.test(part) ? part : `${part}/file`);

async function tree(t: Test, files: Readonly<Record<string, string>>): Promise<Tree> {
  const root = t.testdir({});
  const worktree = join(root, 'w');
  const all = { ...Object.fromEntries(PARTS.map((part) => [partFile(part), ''])), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(worktree, path)), { recursive: true });
    writeFileSync(join(worktree, path), text);
  }
  await must(['git', 'init', '-q', worktree]);
  await gitText(worktree, ['add', '-A']);
  await gitText(worktree, ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'tests']);
  const head = (await gitText(worktree, ['rev-parse', 'HEAD'])).trim();
  const build = buildRecord(configRecord(sourceTree(worktree, { head })), {
    bzImage: join(root, 'bzImage'),
    systemMap: join(root, 'System.map'),
    vmlinux: '/bin/sh',
  });
  mkdirSync(build.buildDir, { recursive: true });
  writeFileSync(build.bzImage, 'kernel');
  writeFileSync(build.systemMap, '');
  const { signal } = new AbortController();
  const ctx = { root, log: silentLog, signal, dryRun: false, run: openRun(root, 'regress') };
  return { ctx, build, dir: join(root, 'tests'), own: join(root, 'tests', TESTS) };
}

t.test('what does not build goes with a reason, what needs it, too, and the rest is built', async (t) => {
  const { ctx, build, dir, own } = await tree(t, FILES);
  const made = await buildTests(ctx, 'series', dir, build);
  t.strictSame(made.leftOut.map(({ what }) => what).sort(), [
    'perf_events/remove_on_exec',
    'perf_events/sigtrap_threads',
    'perf_events/watermark_signal',
    'prog_tests/caller.c',
    'prog_tests/ipv6.c',
    'prog_tests/lost.c',
    'progs/ipv6.c',
  ]);
  const reasonOf = (name: string): string => made.leftOut.find(({ what }) => what === name)?.reason ?? '';
  t.match(reasonOf('progs/ipv6.c'), /has no member named .v6/);
  t.match(reasonOf('prog_tests/ipv6.c'), /^it needs progs\/ipv6\.c: .*no member named/);
  t.match(reasonOf('prog_tests/caller.c'), /undefined reference to .helper/);
  t.match(reasonOf('prog_tests/lost.c'), /nowhere\.skel\.h: No such file/);
  t.match(reasonOf('perf_events/sigtrap_threads'), /.nothing. undeclared/);
  for (const file of ['test_progs', 'test_verifier', 'module.ko']) t.ok(existsSync(join(own, file)), file);
  t.strictSame(readdirSync(join(own, 'prog_tests')), ['good.c']);
  t.ok(existsSync(join(build.buildDir, 'prepared')));
  t.equal(
    readdirSync(join(build.source.worktree, TESTS, 'prog_tests')).length,
    4,
    'the tree of the kernel is as it was',
  );
  const notes = await must(['readelf', '--notes', made.vmlinux]);
  t.match(notes.stdout, /Build ID: /, 'what a guest is compared with');
  rmSync(build.source.worktree, { recursive: true });
  t.strictSame(builtTests('series', dir, build.source.tree), made, 'what was built is found without it');
});

t.test('a module that does not build is an empty file with a reason', async (t) => {
  const { ctx, build, dir, own } = await tree(t, { ...FILES, [`${TESTS}/module.c`]: 'int module\n' });
  const { leftOut } = await buildTests(ctx, 'base', dir, build);
  t.match(
    leftOut.find(({ what }) => what === 'module.ko'),
    { reason: /expected/ },
  );
  t.ok(existsSync(join(own, 'test_progs')));
});

t.test('a library that does not build, in a directory and by a make of its own, is an empty file', async (t) => {
  const library = `$(OUT)/test_progs: library/library.skel.h
library/library.skel.h:
	@$(MAKE) --no-print-directory -C library library.skel.h
`;
  const { ctx, build, dir, own } = await tree(t, {
    ...FILES,
    [`${TESTS}/Makefile`]: `${BPF}${library}`,
    [`${TESTS}/library/Makefile`]: 'library.skel.h: part.bpf.o\npart.bpf.o: part.c\n\t@gcc -c -o $@ $<\n',
    [`${TESTS}/library/part.c`]: 'int part\n',
  });
  const { leftOut } = await buildTests(ctx, 'base', dir, build);
  t.match(
    leftOut.filter(({ what }) => /library|part/.test(what)),
    [{ what: 'library.skel.h', reason: /expected/ }],
  );
  t.ok(existsSync(join(own, 'test_progs')));
});

t.test('a runner that does not build is an error, and the next build knows what this one left out', async (t) => {
  const { ctx, build, dir, own } = await tree(t, { ...FILES, [`${TESTS}/main.c`]: 'int main(void) { return x; }\n' });
  const thrown = await buildTests(ctx, 'base', dir, build).then(
    () => undefined,
    (error: unknown) => error,
  );
  t.ok(thrown instanceof WorkbenchError);
  t.match(thrown, { code: 'E_BUILD' });
  t.equal(builtTests('base', dir, build.source.tree), undefined);
  writeFileSync(join(own, 'main.c'), 'int main(void) { return 0; }\n');
  const next = { ...ctx, run: openRun(ctx.root, 'regress-next') };
  const { leftOut } = await buildTests(next, 'base', dir, build);
  const known = leftOut.map(({ what }) => what);
  t.ok(
    known.includes('progs/ipv6.c') && known.includes('prog_tests/caller.c'),
    'left out before it ended is told, too',
  );
  t.equal(new Set(known).size, known.length);
});

t.test('two worktrees of one tree: the second waits for the tests of the first, and takes them', async (t) => {
  const { ctx, build } = await tree(t, FILES);
  useCacheHome(t, join(ctx.root, 'cache'));
  for (const name of ['default', 'dtrace', 'regress']) write(ctx.root, { [`kconfig/${name}.config`]: '' });
  const said: string[] = [];
  const waiting = { ...ctx, log: (entry: LogEntry): void => void (entry.kind === 'note' && said.push(entry.text)) };
  let begun = 0;
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const make = async (): Promise<BuildRecord> => (begun++, await gate, build);
  const first = testsOf(ctx, 'base', build.source.tree, make);
  await eventually('the first one builds', () => begun === 1);
  const second = testsOf(waiting, 'base', build.source.tree, make);
  await eventually('the second one waits, or builds', () => said.length > 0 || begun === 2);
  t.match(said, [/^waiting for "building the tests of the base"/]);
  go();
  t.strictSame(await second, await first);
  t.equal(begun, 1);
});
