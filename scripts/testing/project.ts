import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BaseContext } from '../base/context.ts';
import type { LogEntry } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';

/** A directory with everything a workbench test may touch: a small kernel tree, a project with patches, a cache. */
export interface Fixture {
  readonly dir: string;
  /** A git repository that looks like Linux 6.12.1. */
  readonly kernel: string;
  /** A project root with patches/. */
  readonly project: string;
  readonly context: BaseContext;
  readonly entries: LogEntry[];
  remove(): void;
}

export const AUTHOR = 'dtrace-bpf <dtrace-bpf@localhost>';
/** When every commit of a test was made. */
export const SECONDS = 1_700_000_000;
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_DATE: `${SECONDS} +0000`,
  GIT_COMMITTER_DATE: `${SECONDS} +0000`,
  GIT_EDITOR: 'true',
};

/** The name has a space, so that every test is also the one for paths with spaces. */
export function makeFixture(name: string, content = true): Fixture {
  const dir = mkdtempSync(join(tmpdir(), `dtrace bpf ${name}-`));
  const [kernel, project] = [join(dir, 'my linux'), join(dir, 'my project')];
  const entries: LogEntry[] = [];
  if (content) {
    makeKernel(kernel);
    mkdirSync(join(project, 'patches'), { recursive: true });
    writeFileSync(join(project, 'patches', 'cover-letter.md'), 'cover\n');
    writeManifest(project, []);
  }
  return {
    dir,
    kernel,
    project,
    entries,
    context: {
      cache: cachePaths({ XDG_CACHE_HOME: join(dir, 'cache') }),
      log: (entry) => void entries.push(entry),
      logFile: (step) => join(dir, `${step}.log`),
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function git(dir: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: dir, env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const lines = (prefix: string, count = 30): string =>
  Array.from({ length: count }, (_, index) => `${prefix} line ${index + 1}\n`).join('');

export const MAKEFILE = 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION =\n';

/** The files alone, as a source package has them. */
export function writeTree(dir: string, makefile = MAKEFILE): void {
  write(dir, {
    Makefile: makefile,
    'kernel/core.c': lines('core'),
    'kernel/ring.c': lines('ring'),
    'tools/run.sh': '#!/bin/sh\n',
  });
  chmodSync(join(dir, 'tools/run.sh'), 0o755);
}

export function makeKernel(dir: string, makefile = MAKEFILE): void {
  writeTree(dir, makefile);
  // without the sample hooks: the repository is copied for every test
  git(dir, 'init', '-q', '-b', 'master', '--template=');
  appendFileSync(join(dir, '.git/config'), '[user]\n\tname = dtrace-bpf\n\temail = dtrace-bpf@localhost\n');
  git(dir, 'add', '.');
  git(dir, 'commit', '-q', '-m', 'base');
}

export function write(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
}

/** Commits `files` on the current branch and returns the id. */
export function commit(dir: string, message: string, files: Readonly<Record<string, string>>): string {
  write(dir, files);
  git(dir, 'add', '.');
  const said = git(dir, '-c', 'core.abbrev=no', 'commit', '-m', message);
  return /^\[[^\]]* ([0-9a-f]{40})\]/.exec(said)?.[1] ?? '';
}

export function writeManifest(project: string, files: readonly string[]): void {
  const list = files
    .map((file, index) => `  - id: "${String(index + 1).padStart(2, '0')}"\n    file: ${file}\n`)
    .join('');
  writeFileSync(
    join(project, 'patches', 'series.yaml'),
    `# A series for tests.
name: test
version: 2
prefix: RFC PATCH
author: ${AUTHOR}
cover: cover-letter.md
base: v6.12
bases:
  v6.12: # the only one
    kernel: "6.12"
    debian: linux-source-0.1
patches:${files.length === 0 ? ' []\n' : `\n${list}`}`,
  );
}
