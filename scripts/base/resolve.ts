import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { WorkbenchError, withNext } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitExec, missingObjects } from '../lib/git.ts';
import { withLock } from '../lib/lock.ts';
import { DAMAGED, stampOf } from '../lib/paths.ts';
import type { SeriesData } from '../series/schema.ts';
import type { BaseContext } from './context.ts';
import { debianBase, type Imported } from './debian.ts';
import { gitBase } from './git-base.ts';
import { again } from './again.ts';
import { treeBase } from './tree.ts';
import { kernelVersion, versionMatches } from './types.ts';
import type { BaseTree } from '../records/apply.ts';

export interface BaseChoice {
  /** A name of the manifest; its own default when undefined. */
  readonly base?: string | undefined;
  /** A person's checkout. */
  readonly tree?: string | undefined;
  /** The commit of `tree` to build on. */
  readonly onto?: string | undefined;
  /** Accept a kernel version that the manifest does not name. */
  readonly anyVersion?: boolean;
  /** The version was asked for when the series was applied: it is not asked for again. */
  readonly applied?: boolean;
}

function optionsOf({ base, tree, onto, anyVersion }: BaseChoice): string[] {
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, value];
  return [
    ...option('base', base),
    ...option('tree', tree === undefined ? undefined : resolve(tree)),
    ...option('onto', onto),
    ...(anyVersion === true ? ['--any-version'] : []),
  ];
}

/** The tree that was asked for, present on this machine and of the right version. */
export async function resolveBase(series: SeriesData, choice: BaseChoice, context: BaseContext): Promise<BaseTree> {
  const name = choice.base ?? series.base;
  const entry = Object.hasOwn(series.bases, name) ? series.bases[name] : undefined;
  if (entry === undefined) {
    throw new WorkbenchError('E_USAGE', `no base ${name} in patches/series.yaml`, {
      next: `npm run apply  # or, after -- --base, one of ${Object.keys(series.bases).join(', ')}`,
    });
  }
  if (choice.tree !== undefined) {
    const imported = await treeBase(choice.tree, choice.onto ?? 'HEAD', context.log);
    // without --base it is the base of the tree's version
    const among = choice.base === undefined ? [name, ...Object.keys(series.bases)] : [name];
    return describe(
      among.map((one) => ({ name: one, kernel: series.bases[one]?.kernel ?? '' })),
      imported,
      choice,
    );
  }
  const lock = join(context.cache.locks, `base-${name.replace(/[^A-Za-z0-9.+-]/g, '_')}`);
  const get = (): Promise<Imported> =>
    'debian' in entry ? debianBase(entry, context) : gitBase(name, entry.git, entry.ref, context);
  return withLock(
    lock,
    {
      purpose: `getting the base ${name}`,
      log: context.log,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    },
    async () => {
      let imported = await get().catch((error: unknown) => {
        throw choice.base === undefined ? withOther(series, name, error) : error;
      });
      if (!(await isIntact(imported))) {
        context.log({ kind: 'warn', text: `the imported ${imported.origin} is damaged; importing it again` });
        giveWay(imported, context);
        imported = await get();
      }
      return describe([{ name, kernel: entry.kernel }], imported, choice);
    },
  );
}

/** A repository that was worked in is kept, with every branch of it that can be read. */
function giveWay({ repo }: Imported, { log }: BaseContext): void {
  const directory = dirname(repo);
  if (!existsSync(join(repo, 'worktrees'))) {
    rmSync(directory, { recursive: true, force: true });
    return;
  }
  const aside = damagedName(directory, new Date());
  renameSync(directory, aside);
  log({ kind: 'note', text: `kept what was there: ${formatArgv(['ls', aside])}` });
}

/** Next to those that are used; clean deletes it when it is told to with --force. */
export function damagedName(directory: string, now: Date): string {
  return `${directory}${DAMAGED}${stampOf(now)}`;
}

/** What a machine can have depends on its distribution and network: another base is one option away. */
function withOther({ bases }: SeriesData, name: string, error: unknown): unknown {
  const [other] = Object.entries(bases).find(([one, entry]) => one !== name && 'debian' in entry) ?? [];
  if (!(error instanceof WorkbenchError) || !NOT_TO_BE_HAD.has(error.code) || other === undefined) return error;
  const command = again({ options: ['--base', other] }, 'apply');
  return withNext(error, [command, ' # or, for the default base:', error.next].join(' '));
}

const NOT_TO_BE_HAD: ReadonlySet<string> = new Set(['E_BASE', 'E_HOST_NETWORK', 'E_HOST_PACKAGES']);

/** Of the base that resolveBase() would give; a source is not fetched for it. */
export async function baseNameOf(series: SeriesData, choice: BaseChoice, context: BaseContext): Promise<string> {
  return choice.tree === undefined ? (choice.base ?? series.base) : (await resolveBase(series, choice, context)).name;
}

/** The commit and its Makefile can be read: enough to know a deleted or truncated object store, or an empty object. */
async function isIntact({ repo, commit }: Imported): Promise<boolean> {
  return !(await gitExec(repo, ['cat-file', 'blob', `${commit}:Makefile`])).failed;
}

/** @param among the bases that it may be, the one that it is of when its version is none of theirs first */
async function describe(
  among: readonly { readonly name: string; readonly kernel: string }[],
  imported: Imported,
  choice: BaseChoice,
): Promise<BaseTree> {
  const personal = choice.tree !== undefined;
  const { repo, commit, origin, key } = imported;
  // one process for all of it: the commit by the format, then the file
  const shown = await gitExec(repo, [
    'show',
    '--no-patch',
    '--no-show-signature',
    '--format=%T %ct',
    commit,
    `${commit}:Makefile`,
  ]);
  const [, tree = '', seconds, makefile = ''] = /^([0-9a-f]+) (\d+)\n(.*)$/s.exec(shown.stdout) ?? [];
  const kernel = shown.failed ? undefined : kernelVersion(makefile);
  if (kernel === undefined) {
    const code = personal ? 'E_TREE' : 'E_BASE';
    const { stderr, exitCode } = shown;
    // a setting, say, is what git complains of
    const other = shown.failed && stderr !== '' && !/^fatal: path 'Makefile'/m.test(stderr);
    const why = shown.failed ? 'its Makefile cannot be read' : 'its Makefile has no VERSION and PATCHLEVEL';
    throw (
      missingObjects(stderr, repo) ??
      (other
        ? new WorkbenchError(code, `git does not read ${origin}`, {
            detail: stderr,
            next: `${formatArgv(['git', '-C', repo, 'show', commit])}  # when that works, the same command again`,
          })
        : new WorkbenchError(code, `${origin} is not a kernel tree: ${why}`, {
            ...(shown.failed ? { detail: stderr || `git show ${commit}:Makefile exited with ${exitCode}` } : {}),
            next: 'npm run apply -- --tree PATH, with the path of a git checkout of the kernel',
          }))
    );
  }
  const match = among.find((one) => versionMatches(one.kernel, kernel));
  if (match === undefined && choice.anyVersion !== true && choice.applied !== true) {
    const versions = [...new Set(among.map((one) => one.kernel))].join(', ');
    throw new WorkbenchError('E_BASE_VERSION', `${origin} is Linux ${kernel}; the series is for ${versions}`, {
      next: personal
        ? `${again({ options: optionsOf({ ...choice, anyVersion: true }) }, 'apply')}  ` +
          '# or give another commit with --onto'
        : 'correct the base in patches/series.yaml',
    });
  }
  return {
    name: (match ?? among[0])?.name ?? '',
    kernel,
    origin,
    repo,
    commit,
    tree,
    seconds: Number(seconds),
    key,
    personal,
    options: optionsOf(choice),
  };
}
