import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { childrenOf, commandOf, eventually, gone, groupOf, killNow, pidFrom, runScript } from '../testing/process.ts';
import { startTime } from './start-time.ts';

t.setTimeout(300_000);

const once = join(import.meta.dirname, '../testing/exec-once.ts');

/** A make whose make has a compiler that would go on for long, and ignores what can be ignored. */
function makeTree(dir: string): { readonly argv: readonly string[]; readonly pidFile: string } {
  const pidFile = join(dir, 'pid');
  writeFileSync(join(dir, 'Makefile'), 'all:\n\t$(MAKE) -f Makefile inner\ninner:\n\tsh compiler\n');
  writeFileSync(join(dir, 'compiler'), `trap '' TERM HUP INT\necho $$ > '${pidFile}'\nsleep 1000\nsleep 1000\n`);
  return { argv: ['make', '-s', '-C', dir], pidFile };
}

/** The small process that waits for the end of `pid`. */
function guardianOf(pid: number | undefined): number | undefined {
  return childrenOf(pid ?? 0).find((child) => commandOf(child).includes('kill -s KILL'));
}

/** A test that fails must not leave behind what it found left behind. */
function killGroupOf(pid: number): void {
  const group = groupOf(pid);
  if (group !== undefined) process.kill(-group, 'SIGKILL');
}

t.test('kill -9 of the workbench ends what its make had started', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf exec-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const { argv, pidFile } = makeTree(dir);
  const parent = runScript(once, argv);
  const compiler = await pidFrom(pidFile);
  t.teardown(() => killGroupOf(compiler));
  t.ok(startTime(compiler), 'three processes below it');
  const guardian = await eventually('a guardian', () => guardianOf(parent.pid));
  t.equal(await killNow(parent), 'SIGKILL');
  t.ok(await gone(compiler));
  t.ok(await gone(guardian), 'nor does that which saw to it');
});

t.test('kill -9 of a workbench that did not get to run since it started the command', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf exec-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const { argv, pidFile } = makeTree(dir);
  const parent = runScript(join(import.meta.dirname, '../testing/exec-stuck.ts'), argv);
  const compiler = await pidFrom(pidFile);
  t.teardown(() => killGroupOf(compiler));
  t.equal(await killNow(parent), 'SIGKILL');
  t.ok(await gone(compiler));
});

t.test('a guardian that was killed is replaced at the next command', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf exec-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const { argv, pidFile } = makeTree(dir);
  const go = join(dir, 'go');
  const parent = runScript(once, ['sh', '-c', 'while ! test -e "$0"; do sleep 0.02; done', go, '--then', ...argv]);
  const first = await eventually('a guardian', () => guardianOf(parent.pid));
  process.kill(first, 'SIGKILL');
  await gone(first);
  writeFileSync(go, '');
  const compiler = await pidFrom(pidFile);
  t.teardown(() => killGroupOf(compiler));
  await eventually('another guardian', () => guardianOf(parent.pid));
  t.equal(await killNow(parent), 'SIGKILL');
  t.ok(await gone(compiler));
});

t.test('a guardian keeps no process alive that has nothing else to do', async (t) => {
  const parent = runScript(once, ['true']);
  t.equal(await eventually('its end', () => parent.exitCode ?? undefined), 0);
});
