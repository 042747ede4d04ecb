import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { EXIT } from './lib/errors.ts';
import { acquire } from './lib/lock.ts';
import { git, write } from './testing/project.ts';
import { apply, withSeries } from './testing/series.ts';

t.setTimeout(300_000);

const project = dirname(dirname(fileURLToPath(import.meta.url)));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

t.test('the command line, from the first process to its exit code', async (t) => {
  const f = await withSeries('cli');
  t.teardown(f.remove);
  // the same place in every run: the loader knows the files that it compiled there before
  const root = t.testdir({});
  for (const name of ['scripts', 'package.json', 'package-lock.json'])
    cpSync(join(project, name), join(root, name), { recursive: true });
  cpSync(join(f.project, 'patches'), join(root, 'patches'), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  const run = async (
    argv: readonly string[],
    onStderr: (text: string, pid: number) => void = () => undefined,
  ): Promise<Outcome> => {
    const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...argv], {
      env: { ...process.env, XDG_CACHE_HOME: dirname(f.context.cache.root) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => onStderr((stderr += String(data)), child.pid ?? 0));
    await once(child, 'close');
    // as a shell tells it: the second of two signals may come when node has given up its handlers
    return { code: child.exitCode ?? (child.signalCode === 'SIGINT' ? EXIT.interrupted : null), stdout, stderr };
  };
  const argv = ['apply', '--tree', f.kernel, '--json'];

  await t.test('one record on stdout, everything else on stderr', async (t) => {
    const { code, stdout, stderr } = await run(argv);
    t.equal(code, 0);
    t.match(JSON.parse(stdout), { stage: 'apply', reused: 0, commits: { length: 3 } });
    t.match(stderr, /== apply: 3 of 3 patches/);
  });

  await t.test('a reader that ends first, as head does, ends nothing else', async (t) => {
    const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'apply', '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    await once(child, 'close');
    t.strictSame([child.exitCode, said], [EXIT.pass, '']);
  });

  await t.test("Ctrl-C while it waits for another run: 130, and the lock is still that one's", async (t) => {
    const { worktree } = await apply(f);
    const lock = join(f.context.cache.locks, `worktree-${basename(worktree)}`);
    const release = await acquire(lock, { purpose: 'testing' });
    let interrupted = false;
    const { code, stdout, stderr } = await run(argv, (text, pid) => {
      if (!text.includes('waiting for "testing"') || interrupted) return;
      interrupted = true;
      // in a terminal this process gets one of the terminal's and one that npm passes on, which may come when it has
      // ended
      process.kill(pid, 'SIGINT');
      setTimeout(() => spawn('kill', ['-INT', String(pid)], { stdio: 'ignore' }), 20);
    });
    t.equal(code, 130);
    t.match(JSON.parse(stdout), {
      error: {
        code: 'E_INTERRUPTED',
        exitCode: 130,
        message: 'interrupted while waiting for a lock',
        next: 'run the same command again to go on',
        problems: { length: 0 },
      },
    });
    t.match(stderr, /interrupted; run the same command again to go on\n$/);
    release();
  });

  await t.test('an error is a record too, with its code and the next command', async (t) => {
    write(root, { 'patches/0001-core-say-five.patch': '' });
    const { code, stdout, stderr } = await run(argv);
    t.equal(code, 11);
    t.match(JSON.parse(stdout), {
      error: { code: 'E_PATCH_FORMAT', exitCode: 11, problems: [{ code: 'PATCH_EMPTY' }], next: /npm run apply/ },
    });
    t.match(stderr, /patches\/0001-core-say-five\.patch: PATCH_EMPTY: the file is empty/);
    t.equal(git(f.kernel, 'status', '--porcelain'), '');
  });
});
