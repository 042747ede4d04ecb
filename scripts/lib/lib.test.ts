import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { z } from 'zod';
import { fullDisk } from './disk.ts';
import { EXIT, formatPosition, fromSystemError, messageOf, WorkbenchError } from './errors.ts';
import { exec, execError, formatArgv, hostError, must, tail } from './exec.ts';
import { follow } from './follow.ts';
import { gitArgv, gitExec, gitText, openGit } from './git.ts';
import { acquire, holderOf, withLock } from './lock.ts';
import { startTime } from './start-time.ts';
import { eventually, pidFrom } from '../testing/process.ts';
import { formatDuration, formatEntry, formatError, formatProgress, type LogEntry } from './log.ts';
import { createLog } from './sink-log.ts';
import { defineCommand, formatHelp, parseOptions } from './options.ts';
import { cachePaths, runName } from './paths.ts';
import { latestRecord, needRecord, openRun, readJson, writeJson } from './record.ts';

const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf lib-'));
t.teardown(() => rmSync(dir, { recursive: true }));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error: unknown) {
    return error instanceof WorkbenchError ? error.code : messageOf(error);
  }
  return 'no error';
}

t.test('errors carry their exit code, place and next command', async (t) => {
  const error = new WorkbenchError('E_PATCH_CONFLICT', 'does not apply', {
    position: { file: 'a', line: 2, col: 3 },
    detail: 'one\ntwo',
    next: 'npm run apply',
  });
  t.equal(error.exitCode, EXIT.apply);
  t.equal(formatError(error), 'a:2:3: E_PATCH_CONFLICT: does not apply\n  | one\n  | two\nnext: npm run apply');
  t.equal(formatPosition({ file: 'a' }), 'a');
  const many = new WorkbenchError('E_SERIES', 'two', {
    problems: [
      { code: 'A', message: 'x', hint: 'h' },
      { code: 'B', message: 'y', position: { file: 'f', line: 1 } },
    ],
  });
  t.match(formatError(many), /A: x\n {4}hint: h\n {2}f:1: B: y/);
  const mapped = (code: string): unknown => fromSystemError(Object.assign(new Error('x'), { code }), '/p');
  t.match(mapped('ENOSPC'), { code: 'E_HOST_SPACE', exitCode: 69 });
  t.match(mapped('EROFS'), { code: 'E_HOST_READONLY' });
  for (const code of ['EISDIR', 'ENOTDIR']) t.match(mapped(code), { code: 'E_USAGE', exitCode: 2, message: /: x$/ });
  const unreadable = Object.assign(new Error('EACCES: x'), { code: 'EACCES', path: '/a b' });
  t.match(fromSystemError(unreadable, 'a file of the cache'), {
    code: 'E_HOST_READONLY',
    message: 'no permission: EACCES: x',
    next: /^namei -l \$'\/a b' /,
  });
  t.match(mapped('ENOENT'), { code: 'ENOENT' });
  t.equal(fullDisk(dir, { detail: '' }), undefined);
});

t.test('progress is one line on a terminal and thinned out elsewhere', async (t) => {
  const entries: LogEntry[] = [1, 2, 3].map((done) => ({ kind: 'progress', what: 'x', done, total: 3 }));
  const print = (isTTY: boolean): string => {
    let text = '';
    const log = createLog({ isTTY, columns: 30, write: (part) => void (text += part) }, () => 0, {});
    for (const entry of entries) log(entry);
    log({ kind: 'note', text: 'end' });
    return text;
  };
  t.equal(print(false), '   x: 1/3 (33%)\n   x: 3/3 (100%)\n   end\n');
  t.equal(print(true), '   x: 1/3 (33%)\r\x1b[J   x: 3/3 (100%)\n   end\n');
  t.equal(
    formatProgress({ kind: 'progress', what: 'x', done: 5, total: 0, unit: 'files', leftMs: 70_000 }),
    'x: 5 files, 1 min 10 s left',
  );
  t.strictSame([1234, 12_345, 61_000].map(formatDuration), ['1.2 s', '12 s', '1 min 01 s']);
  t.equal(formatEntry({ kind: 'done', text: 'built', ms: 1000 }), '   built (1.0 s)');
});

t.test('one table drives parsing, help and the unknown-option error', async (t) => {
  const command = defineCommand({
    name: 'x',
    summary: 's',
    usage: '[--tree PATH]',
    positional: true,
    run: async () => 0,
    options: {
      tree: { type: 'string', value: 'PATH', summary: 'a tree' },
      config: { type: 'list', value: 'N', summary: 'some' },
      size: { type: 'string', value: 'N', summary: 'n', default: '3' },
      force: { type: 'flag', summary: 'f' },
    },
  });
  t.match(
    parseOptions(command, ['a', '--tree', '/x y', '--config=a,b', '--config', 'c', '--force', '--json', '--', '--z']),
    {
      args: ['a', '--z'],
      json: true,
      dryRun: false,
      values: { tree: '/x y', config: ['a', 'b', 'c'], force: true, size: '3' },
    },
  );
  t.match(formatHelp(command), /--tree PATH +a tree\n[\s\S]*--size N +n \(default 3\)/);
  t.equal(await codeOf(() => parseOptions(command, ['--treee'])), 'E_UNKNOWN_OPTION');
  t.throws(() => parseOptions(command, ['--treee']), {
    message: 'unknown option --treee; did you mean --tree?',
    next: 'npm run x -- --help',
  });
  t.equal(await codeOf(() => parseOptions(command, ['--constructor'])), 'E_UNKNOWN_OPTION');
  t.equal(await codeOf(() => parseOptions(command, ['--tree'])), 'E_USAGE');
  t.equal(await codeOf(() => parseOptions(command, ['--force=1'])), 'E_USAGE');
  t.equal(await codeOf(() => parseOptions({ ...command, positional: false }, ['a'])), 'E_USAGE');
});

t.test('exec: the full record of a process', async (t) => {
  t.match(await exec(['sh', '-c', 'echo "$1"; echo e >&2; exit 3', 'x', "a b'c"]), {
    exitCode: 3,
    stdout: "a b'c\n",
    stderr: 'e\n',
    failed: true,
    timedOut: false,
  });
  t.match(
    await exec(['cat'], { input: '', timeoutMs: 60_000 }),
    { exitCode: 0, stdout: '', failed: false },
    'an empty input ends',
  );
  t.match(await exec(['cat'], { input: 'hello', cwd: dir }), { exitCode: 0, stdout: 'hello', failed: false });
  t.match(await exec(['false'], { input: 'x'.repeat(1e6) }), { exitCode: 1, failed: true }, 'without reading it');
  t.match(await exec(['sh', '-c', 'echo $A$HOME'], { env: { A: '1', HOME: undefined } }), { stdout: '1\n' });
  const log = join(dir, 'log');
  t.match(await exec(['sh', '-c', 'echo one; echo two >&2'], { log }), { stdout: '', log });
  t.equal(readFileSync(log, 'utf8'), 'one\ntwo\n');
  t.equal(tail(log, 5), 'two\n');
  t.equal(await codeOf(() => must(['no-such-tool'])), 'E_HOST_TOOL');
  t.equal(await codeOf(() => must(['false'])), 'E_EXEC');
  const failed = await exec(['sh', '-c', 'exit 3'], { cwd: dir });
  t.equal(execError(failed).next, `(cd ${formatArgv([dir])} && sh -c $'exit 3')`);
  t.equal((await exec(['bash', '-c', execError(failed).next ?? ''])).exitCode, 3, 'what is printed can be pasted');
  t.equal(execError({ ...failed, log: join(dir, 'the log') }).next, `less ${formatArgv([join(dir, 'the log')])}`);
  t.equal(formatArgv(['a', 'b c', "d'e"]), "a $'b c' $'d\\'e'");
  t.match(execError({ ...(await exec(['true'])), exitCode: 1, stderr: 'x: No space left on device' }), {
    code: 'E_HOST_SPACE',
  });
  const words: readonly [said: string, code: string | undefined][] = [
    ['ENOSPC: no space left on device, write', 'E_HOST_SPACE'],
    ['Disk quota exceeded', 'E_HOST_SPACE'],
    ["E: You don't have enough free space in /var/cache/apt/archives/.", 'E_HOST_SPACE'],
    ["EROFS: read-only file system, open 'x'", 'E_HOST_READONLY'],
    ['cannot create x: Read-only file system', 'E_HOST_READONLY'],
    ['no such file', undefined],
  ];
  for (const [said, code] of words) t.equal(hostError(said, 'x')?.code, code, said);
});

t.test('exec: time limit and abort end the whole group', async (t) => {
  const pidFile = join(dir, 'pid');
  const both = ['sh', '-c', `sleep 1000 & echo $! > '${pidFile}'; wait`];
  const gone = async (): Promise<true> => {
    const pid = await pidFrom(pidFile);
    rmSync(pidFile);
    return eventually('its end', () => startTime(pid) === undefined);
  };
  t.match(await exec(both, { timeoutMs: 500 }), { timedOut: true, failed: true, signal: 'SIGTERM' });
  t.ok(await gone());
  const abort = new AbortController();
  const running = exec(both, { signal: abort.signal });
  await pidFrom(pidFile);
  abort.abort();
  t.match(await running, { aborted: true, failed: true });
  t.ok(await gone());
  t.match(await exec(['true'], { signal: abort.signal }), { aborted: true, exitCode: null });
  t.match(await exec(['sh', '-c', 'trap "" TERM; sleep 1000 & wait; wait'], { timeoutMs: 500, graceMs: 100 }), {
    signal: 'SIGKILL',
  });
});

t.test('follow: lines of a file as they come', async (t) => {
  const path = join(dir, 'follow');
  const lines: string[] = [];
  const work = (async () => {
    appendFileSync(path, 'one\ntw');
    await sleep(300);
    appendFileSync(path, 'o\rthree\n');
    appendFileSync(path, `${'y'.repeat(100_000)}\n\nrest`);
  })();
  await follow(path, (line) => lines.push(line), work);
  t.strictSame(lines, ['one', 'two', 'three', 'y'.repeat(100_000)], 'to the last whole line, however long');
});

t.test("git: strict, and without a person's configuration", async (t) => {
  const repo = join(dir, 'repo');
  await gitText(dir, ['init', '-q', repo]);
  t.match(gitArgv(['status'], { a: 'b' }).slice(-3), ['-c', 'a=b', 'status']);
  t.match(await gitExec(repo, ['rev-parse', '--verify', '--quiet', 'HEAD']), { failed: true });
  t.equal(await codeOf(() => gitText(repo, ['log'])), 'E_EXEC');
  for (const options of [undefined, {}]) {
    const error: unknown = await gitText(repo, ['log'], options).catch((thrown: unknown) => thrown);
    t.match(error, { next: formatArgv(['git', '-C', repo, 'log']) });
  }
  await gitText(repo, ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'one']);
  t.equal((await openGit(repo).log()).latest?.message, 'one');
  writeFileSync(join(repo, 'f'), 'x');
  await gitText(repo, ['add', 'f']);
  await t.rejects(async () => openGit(repo).raw(['diff', '--cached', '--quiet']), 'a silent failure is still one');
});

t.test('locks name their holder', async (t) => {
  const path = join(dir, 'locks', 'x');
  const release = await acquire(path, { purpose: 'testing' });
  t.match(holderOf(path), new RegExp(`^"testing" \\(process ${process.pid}, since `));
  t.equal(await codeOf(() => acquire(path, { purpose: 'other', waitMs: 0 })), 'E_LOCKED');
  const order: string[] = [];
  const waiting = withLock(
    path,
    { purpose: 'other', log: (entry) => order.push(entry.kind === 'note' ? entry.text : '') },
    async () => void order.push('in'),
  );
  await eventually('it waits', () => order.length > 0);
  order.push('release');
  release();
  await waiting;
  t.match(order, [/^waiting for "testing" \(process \d+, since /, 'release', 'in']);
  writeFileSync(path, 'garbage');
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 5 }, () =>
      withLock(path, { purpose: 'many' }, async () => {
        most = Math.max(most, ++inside);
        await sleep(5);
        inside--;
      }),
    ),
  );
  t.equal(most, 1);
  const child = spawn('sleep', ['100']);
  t.match(startTime(child.pid ?? 0), /^\d+$/);
  child.kill();
  // `sleep` takes the place of the shell and never asks how the shell's child ended
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 100'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = Number(String((await once(parent.stdout, 'data'))[0]));
  const over = (): boolean => startTime(ended) === undefined;
  t.ok(await eventually('its end', over), 'what is only an exit status holds nothing');
  t.ok(existsSync(`/proc/${ended}`));
  parent.kill();
});

t.test('paths and records', async (t) => {
  t.equal(cachePaths({ XDG_CACHE_HOME: '/c', HOME: '/h' }).root, '/c/dtrace-bpf');
  t.equal(cachePaths({ XDG_CACHE_HOME: 'relative', HOME: '/h' }).worktrees, '/h/.cache/dtrace-bpf/worktrees');
  t.equal(runName('test:unit', new Date('2026-01-02T03:04:05Z'), 7), '20260102T030405-test-unit-7');
  t.equal(latestRecord(dir, 'apply'), undefined);
  const schema = z.object({ n: z.number() });
  const need = (stage = 'apply'): unknown => needRecord(dir, stage, schema, 'npm run apply');
  t.throws(need, { code: 'E_RECORD_MISSING', message: 'no apply record under out/', next: 'npm run apply' });
  openRun(dir, 'apply', new Date('2026-01-01')).write('apply', { n: 1 });
  openRun(dir, 'apply', new Date('2026-01-02')).write('apply', { n: 2 });
  const twins = [1, 2, 3].map(() => openRun(dir, 'report', new Date('2025-01-01')).dir);
  t.equal(new Set(twins).size, 3, 'of one second, and no record writes over another');
  t.same(twins, [...twins].sort());
  const newest = openRun(dir, 'config', new Date('2026-01-03'));
  newest.write('config', {});
  t.match(latestRecord(dir, 'apply'), { record: { n: 2 } });
  t.match(need(), { record: { n: 2 } });
  newest.write('apply.debug', { n: 'damaged' });
  t.throws(() => need('apply.debug'), {
    code: 'E_RECORD_MISSING',
    message: /^out\/.*\/apply\.debug\.json is not a record of apply$/,
  });
  t.equal(newest.log('make'), join(newest.dir, 'make.log'));
  t.equal(readJson(join(dir, 'nowhere')), undefined);
  t.equal(
    await codeOf(() => writeJson(join(dir, 'nowhere', 'x'), {})),
    `ENOENT: no such file or directory, open '${join(dir, 'nowhere', 'x')}.${process.pid}.tmp'`,
  );
});
