import { again } from '../base/again.ts';
import type { BaseContext } from '../base/context.ts';
import type { BaseTree } from '../records/apply.ts';
import { fullDisk } from '../lib/disk.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { makeDir } from '../lib/make-dir.ts';
import { seriesFor, type Series } from '../series/load.ts';
import type { SeriesPatch } from '../series/patchfile.ts';
import { withReader, type Reader } from '../series/reader.ts';
import { am, inBase, isInHead, mailOf } from './am.ts';
import { backUp, dropContained, moveAside, NO_BACKUP } from './backup.ts';
import { describeConflict, formatConflict, nextStep } from './conflict.ts';
import { killedOf, lookAt, sayKept } from './look.ts';
import { Mtimes } from './mtimes.ts';
import { planApply, type Plan } from './plan.ts';
import { makeRecord } from './record.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { worktreeLock, worktreePath, writeState, type Applied, type ApplyState } from './state.ts';
import { withRemedy } from './unreadable.ts';
import {
  createWorktree,
  fingerprintOf,
  isRebasing,
  parseAuthor,
  refuseOtherPlace,
  removeUntracked,
  resetWorktree,
  type Place,
} from './worktree.ts';

export interface ApplyOptions {
  /** Set aside, under a backup ref, what a person left in the worktree. */
  readonly force?: boolean;
}

export function placeOf(series: Series['data'], base: BaseTree, context: BaseContext): Place {
  return {
    base,
    path: worktreePath(context.cache, base.key),
    branch: `${series.name}-v${series.version}`,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

/** Puts the series on its branch in its worktree; does only what is not done yet, and can be killed at any moment. */
export async function applySeries(
  whole: Series,
  base: BaseTree,
  context: BaseContext,
  options: ApplyOptions = {},
): Promise<ApplyRecord> {
  const started = performance.now();
  const series = seriesFor(whole, base.name);
  const place = placeOf(series.data, base, context);
  const { cache, log, signal } = context;
  makeDir(cache.worktrees);
  return withLock(
    worktreeLock(place.path),
    { purpose: `applying to ${base.name}`, log, ...(signal === undefined ? {} : { signal }) },
    async () => {
      const files = series.patches.flatMap((patch) => patch.files.map(({ path }) => path));
      const force = options.force === true;
      const now = new Date();
      const seen = await lookAt(place, context, files, force, now);
      const { state, worktree, branch } = seen;
      const digests = series.patches.map(({ digest }) => digest);
      const plan = planApply({ ...seen, base: base.commit, digests, personal: base.personal, force });
      if (plan.kind === 'refuse') throw refusal(plan, place);
      if (plan.kind === 'nothing' && state !== undefined) {
        return makeRecord(series, place, state.applied, state.applied.length, performance.now() - started);
      }
      if (plan.kind === 'work') {
        const ours = new Set(series.patches.map((patch) => mailOf(patch, base.seconds).toString('latin1')));
        const backup = plan.backup
          ? await backUp(place, typeof worktree === 'object', files, (mail) => ours.has(mail), now)
          : NO_BACKUP;
        const say = (refs: readonly string[]): void => sayKept(context, place, { refs, paths: [] });
        const paths = plan.create === 'aside' ? [...backup.paths, moveAside(place.path, now)] : backup.paths;
        sayKept(context, place, { refs: [], paths });
        try {
          const applied = await new Work(series, place, context).run(plan, state, branch);
          // what a killed run had made is on the branch again; what a person set aside by --force is kept in any case
          say(
            await dropContained(
              place,
              backup.refs.filter((ref) => killedOf(state) || !ref.endsWith('-changes')),
            ),
          );
          if (!killedOf(state)) say(backup.refs.filter((ref) => ref.endsWith('-changes')));
          return makeRecord(series, place, applied, plan.keep, performance.now() - started);
        } catch (error: unknown) {
          say(backup.refs);
          if (!(error instanceof WorkbenchError) || error.code !== 'E_EXEC') throw error;
          const detail = error.detail ?? error.message;
          throw fullDisk(cache.worktrees, { detail, cause: error }) ?? cannotUse(base, error);
        }
      }
      throw new WorkbenchError('E_INTERNAL', 'nothing to do, but no state either');
    },
  ).catch((error: unknown) => {
    throw withRemedy(error, place);
  });
}

/** Only git was at work, and it worked on what is the person's; another git that holds a lock will end. */
function cannotUse({ origin, personal }: BaseTree, error: WorkbenchError): WorkbenchError {
  const { detail = error.message, next } = error;
  if (!personal || detail.includes(".lock': File exists")) return error;
  return new WorkbenchError('E_TREE', `git cannot work in ${origin}`, { detail, next, cause: error });
}

/** One run's work on the worktree; every step is announced in the state file before it begins. */
class Work {
  readonly #series: Series;
  readonly #place: Place;
  readonly #context: BaseContext;

  constructor(series: Series, place: Place, context: BaseContext) {
    this.#series = series;
    this.#place = place;
    this.#context = context;
  }

  async run(
    plan: Extract<Plan, { kind: 'work' }>,
    before: ApplyState | undefined,
    branch: string | undefined,
  ): Promise<readonly Applied[]> {
    const { base, path } = this.#place;
    const { log } = this.#context;
    const applied = (before?.applied ?? []).slice(0, plan.keep);
    const todo = this.#series.patches.slice(plan.keep);
    await refuseOtherPlace(this.#place, plan.backup);
    let mtimes: Mtimes | undefined;
    let fresh = false;
    if (plan.create !== 'no') {
      log({ kind: 'stage', stage: 'apply', text: `checking out ${base.origin} to ${path}` });
      this.#save('creating', plan.resetTo, applied);
      fresh = await createWorktree(this.#place, plan.resetTo, branch !== undefined, plan.create === 'replace');
    } else if (!plan.backup) {
      mtimes = await Mtimes.note(
        path,
        plan.resetTo,
        todo.flatMap(({ files }) => files.map((file) => file.path)),
      );
    }
    this.#save('applying', plan.resetTo, applied);
    if (!fresh) await resetWorktree(this.#place, plan.resetTo, plan.discard);
    if (plan.backup && !fresh)
      await removeUntracked(
        this.#place,
        this.#series.patches.flatMap(({ files }) => files.map((file) => file.path)),
      );
    if (todo.length > 0)
      log({
        kind: 'stage',
        stage: 'apply',
        text: `${todo.length} of ${this.#series.patches.length} patches to ${path}`,
      });
    if (todo.length > 0) await withReader(path, async (reader) => this.#applyAll(reader, todo, applied, plan.resetTo));
    await mtimes?.restore();
    this.#save('done', applied.at(-1)?.commit ?? plan.resetTo, applied);
    return applied;
  }

  async #applyAll(reader: Reader, todo: readonly SeriesPatch[], applied: Applied[], start: string): Promise<void> {
    const author = parseAuthor(this.#series.data.author);
    const total = this.#series.patches.length;
    for (const [index, patch] of todo.entries()) {
      this.#context.log({
        kind: 'progress',
        what: `applying ${patch.id}`,
        done: total - todo.length + index + 1,
        total,
        unit: 'patches',
      });
      const { commit, fit, output } = await am(
        this.#place,
        reader,
        patch,
        applied.at(-1)?.commit ?? start,
        author,
        this.#place.base.seconds,
      );
      if (commit === undefined) throw await this.#conflict(patch, output, applied, todo.slice(index));
      applied.push({ file: patch.file, subject: patch.subject, digest: patch.digest, commit, fit });
      this.#save('applying', commit, applied);
    }
  }

  #save(phase: ApplyState['phase'], head: string, applied: readonly Applied[], more: Partial<ApplyState> = {}): void {
    const { base, path } = this.#place;
    writeState(path, {
      phase,
      base: base.commit,
      name: base.name,
      head,
      applied: [...applied],
      pending: [],
      ...more,
    });
  }

  async #conflict(
    patch: SeriesPatch,
    output: string,
    applied: readonly Applied[],
    rest: readonly SeriesPatch[],
  ): Promise<WorkbenchError> {
    const { path, base } = this.#place;
    const full = fullDisk(this.#context.cache.worktrees, { detail: output });
    if (full !== undefined) return full;
    if (await isInHead(this.#place, patch)) {
      await resetWorktree(this.#place, 'HEAD', true);
      return inBase(patch, base, output);
    }
    const conflict = await describeConflict(path, patch, output);
    if (conflict.fits) {
      await resetWorktree(this.#place, 'HEAD', true);
      const next = `${formatArgv(['git', '-C', path, 'am'])}  # when that works, ${again(base, 'apply')}`;
      throw new WorkbenchError('E_EXEC', `git am of patches/${patch.diffFile} failed`, { detail: output, next });
    }
    const words = output + conflict.words;
    const pending = rest.map(({ file, subject }) => ({ file, subject }));
    this.#save('conflict', applied.at(-1)?.commit ?? base.commit, applied, {
      pending,
      fingerprint: await fingerprintOf(path),
    });
    const first = conflict.places[0];
    return new WorkbenchError(
      'E_PATCH_CONFLICT',
      `patch ${patch.id} "${patch.subject}" does not apply to ${base.origin}`,
      {
        position: {
          file: `patches/${patch.diffFile}`,
          ...(first === undefined ? {} : { line: first.patchLine, col: 1 }),
        },
        detail: formatConflict(patch, conflict, words),
        next: nextStep(path, patch, conflict, again(base, 'refresh')),
      },
    );
  }
}

function refusal(plan: Extract<Plan, { kind: 'refuse' }>, { path, branch, base }: Place): WorkbenchError {
  const force = again(base, 'apply', '--force');
  const git = formatArgv(['git', '-C', path]);
  const session = isRebasing(path) ? 'rebase' : 'am';
  const next = {
    refresh: `${again(base, 'refresh')}  # makes patches of the commits; to set it all aside: ${force}`,
    finish:
      `${git} ${session} --continue && ${again(base, 'refresh')}  # or: ${git} ${session} --abort; ` +
      `to set it all aside: ${force}`,
    force: `${force}  # sets it aside`,
  }[plan.next];
  return new WorkbenchError(plan.code, plan.message, { position: { file: path }, detail: `branch ${branch}`, next });
}
