import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Reads "+ GROUP" and "- GROUP" lines; when they end, their writer is dead, and the groups that are left go with it. It
 * ignores the signals of a terminal, or Ctrl-C would end it before it is needed.
 */
const SCRIPT = `trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null`;

/** Process groups that run now, by their leaders' ids. */
const groups = new Set<number>();
let guardian: ChildProcess | undefined;
process.on('exit', killAll);

function killAll(): void {
  for (const group of groups) killGroup(group, 'SIGKILL');
}

export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // the group is gone already
  }
}

/**
 * The pipe that a new group's leader writes "+ GROUP" to before it is the command; see `introduced`. The command must
 * not run before the guardian knows its group: this process can die, or stand still and then die, between the two.
 */
export function guardianPipe(): Writable | 'ignore' {
  // Node closes the pipe of one that died before it says so
  if (guardian === undefined || guardian.stdin?.destroyed === true) start();
  return guardian?.stdin ?? 'ignore';
}

/**
 * The command line of a leader that introduces itself over descriptor `fd`. The subshell takes the SIGPIPE of a
 * guardian that was killed just now; setpriv then still ends the leader, though not what it starts. What a tool writes
 * has the usual modes, whatever the shell's umask is.
 */
export function introduced(argv: readonly string[], fd: number): readonly string[] {
  return [
    '/bin/sh',
    '-c',
    `umask 022; (echo "+ $$" >&${fd}) 2>/dev/null; exec setpriv --pdeathsig KILL -- "$@" ${fd}>&-`,
    'sh',
    ...argv,
  ];
}

/**
 * From now on no process of the group outlives this one. The kernel tells only a direct child of its parent's death
 * (prctl(2), PR_SET_PDEATHSIG); make's compilers and the git that `git worktree add` starts would go on, unseen, in a
 * tree whose lock counts as stale. One small process for all groups waits for the end of a pipe that only this process,
 * and for a moment each leader, can write to.
 */
export function guard(group: number): void {
  groups.add(group);
}

/** Ends whatever is left of the group, and forgets it. */
export function endGroup(group: number): void {
  killGroup(group, 'SIGKILL');
  groups.delete(group);
  tell(`- ${group}`);
}

function start(): void {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  const lost = (): void => {
    if (guardian === child) guardian = undefined;
  };
  child.once('exit', lost);
  child.once('error', lost);
  // a guardian that was killed: the next group starts another
  child.stdin.on('error', lost);
  child.unref();
  // neither may keep a process alive that has nothing else to do
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  guardian = child;
  for (const group of groups) tell(`+ ${group}`);
}

function tell(line: string): void {
  guardian?.stdin?.write(`${line}\n`);
}
