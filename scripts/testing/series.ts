import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { applySeries, type ApplyOptions } from '../apply/apply.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { resolveBase, type BaseChoice } from '../base/resolve.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { RefreshRecord } from '../outgoing/exported.ts';
import { refreshRange, refreshWorktree } from '../outgoing/refresh.ts';
import { loadManifest, loadSeries } from '../series/load.ts';
import { AUTHOR, git, lines, makeFixture, SECONDS, type Fixture } from './project.ts';

export const EDIT_1 = lines('core').replace('core line 5\n', 'core line five\n');
const EDIT_2 = EDIT_1.replace('core line 25\n', 'core line twenty-five\n');

export async function apply(f: Fixture, options: ApplyOptions = {}, choice: BaseChoice = {}): Promise<ApplyRecord> {
  const series = loadSeries(f.project);
  return applySeries(
    series,
    await resolveBase(series.data, { tree: f.kernel, ...choice }, f.context),
    f.context,
    options,
  );
}

export async function refresh(f: Fixture, adopt = false): Promise<RefreshRecord> {
  const base = await resolveBase(loadManifest(f.project).data, { tree: f.kernel, applied: true }, f.context);
  return refreshWorktree(f.project, base, f.context, { adopt, dryRun: false });
}

const COMMITS: readonly (readonly [message: string, file: string, text: string])[] = [
  ['core: say five\n\nBecause it is nicer.\n', 'kernel/core.c', EDIT_1],
  ['ring: add a file\n\nIt was missing.\n', 'kernel/new.c', lines('new', 3)],
  ['core: say twenty-five\n', 'kernel/core.c', EDIT_2],
];

/** For git fast-import: one process in place of three for each commit. */
function commitStream(): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return COMMITS.map(
    ([message, file, text], index) =>
      `commit refs/heads/work\ncommitter ${AUTHOR} ${SECONDS} +0000\n` +
      `${data(message)}${index === 0 ? 'from refs/heads/master^0\n' : ''}M 100644 inline ${file}\n${data(text)}`,
  ).join('');
}

/** A series of three patches, made as a person makes them: commits on a branch, then exported. */
async function makeSeries(): Promise<Fixture> {
  const f = makeFixture('template');
  execFileSync('git', ['fast-import', '--quiet'], { cwd: f.kernel, input: commitStream() });
  await refreshRange(f.project, f.kernel, 'master..work', { adopt: false, dryRun: false });
  return f;
}

let template: Promise<Fixture> | undefined;

/** A copy of that series for one test; making it costs forty processes, copying it none. */
export async function withSeries(name: string): Promise<Fixture> {
  if (template === undefined) {
    template = makeSeries();
    process.on('exit', (await template).remove);
  }
  const { kernel, project } = await template;
  const f = makeFixture(name, false);
  cpSync(kernel, f.kernel, { recursive: true, preserveTimestamps: true });
  cpSync(project, f.project, { recursive: true });
  return f;
}

export async function failure(work: Promise<unknown>): Promise<WorkbenchError> {
  try {
    await work;
  } catch (error: unknown) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Every file below patches/. */
export function patchTexts(f: Pick<Fixture, 'project'>): Record<string, string> {
  const directory = join(f.project, 'patches');
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(directory, path), readFileSync(path, 'utf8')];
    }),
  );
}

/** Everything of a person's repository that must not change. */
export function ownState(dir: string): string[] {
  const index = createHash('sha256')
    .update(readFileSync(join(dir, '.git/index')))
    .digest('hex');
  return [
    git(dir, '--no-optional-locks', 'status', '--porcelain'),
    git(dir, 'rev-parse', 'HEAD'),
    git(dir, 'symbolic-ref', 'HEAD'),
    git(dir, 'stash', 'list'),
    git(dir, 'config', '--list', '--local'),
    index,
  ];
}
