/** The check stage: every patch by itself, against everything a reviewer's tools would say. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplyRecord } from '../records/apply.ts';
import { checkoutScratch, scratchPath } from '../kernel/scratch.ts';
import type { StageContext } from '../lib/stage.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { readYaml } from '../lib/yaml.ts';
import { loadSeries, patchesDir, seriesFor } from '../series/load.ts';
import { compareWarnings, nothingCompared } from './compare.ts';
import { judge, readExceptions, unused, type Judged } from './exceptions.ts';
import { documented, kernelDocFindings } from './kernel-doc.ts';
import { columnsOf, finding } from './list.ts';
import { checkMessage, checkSubjects, parseMessage } from './message.ts';
import { referenceFindings } from './references.ts';
import { docFindings, kernelDocOf, maintainersOf, runCheckpatch } from './scripts-of.ts';
import { headerFindings, namesAround, sizeOf } from './tree-of.ts';
import type { CheckRecord, PatchCheck } from '../records/series.ts';

export const EXCEPTIONS = 'patches/exceptions.yaml';

export interface CheckOptions {
  readonly apply: ApplyRecord;
  /** A final `.config` to compile with. */
  readonly dotconfig: string;
  /** Ids of the patches to look at; all when empty. */
  readonly only: readonly string[];
  /** Leaves out what compiles, and says so. */
  readonly quick: boolean;
}

/**
 * Each patch as its base has it. One with a diff of the base's own is in no file: it gets one in the run's directory.
 */
function contentsOf(ctx: StageContext, apply: ApplyRecord): { id: string; path: string; content: Buffer }[] {
  const { patches } = seriesFor(loadSeries(ctx.root), apply.base.name);
  return apply.commits.map(({ id, file }) => {
    const patch = patches.find((one) => one.id === id && one.file === file);
    if (patch === undefined)
      throw new WorkbenchError('E_PATCH_FORMAT', `patch ${id} is not what was applied`, {
        position: { file: `patches/${file}` },
        next: formatArgv(['npm', 'run', 'apply', '--', '--base', apply.base.name]),
      });
    const { diffFile, content } = patch;
    if (diffFile === file) return { id, content, path: join(patchesDir(ctx.root), file) };
    const path = join(ctx.run.dir, file);
    writeFileSync(path, content);
    return { id, content, path };
  });
}

export async function check(ctx: StageContext, options: CheckOptions): Promise<CheckRecord> {
  const started = performance.now();
  const { apply } = options;
  const exceptionsFile = join(ctx.root, EXCEPTIONS);
  const exceptions = existsSync(exceptionsFile) ? readExceptions(readYaml(exceptionsFile, EXCEPTIONS)) : [];
  const contents = contentsOf(ctx, apply);
  const messages = contents.map(({ id, content }) => parseMessage(id, content));
  const twice = checkSubjects(messages);
  const allTouched = (await gitText(apply.worktree, ['diff', '--name-only', apply.base.commit, apply.head]))
    .split('\n')
    .filter(Boolean);
  const patches: PatchCheck[] = [];
  const judged: Judged[] = [];
  const documents = new Map<string, readonly string[]>();

  for (const [index, commit] of apply.commits.entries()) {
    if (options.only.length > 0 && !options.only.includes(commit.id)) continue;
    const { path = '' } = contents[index] ?? {};
    ctx.log({
      kind: 'progress',
      what: `checking ${commit.id}`,
      done: index + 1,
      total: apply.commits.length,
      unit: 'patches',
    });
    const parent = apply.commits[index - 1]?.commit ?? apply.base.commit;
    const touched = (await gitText(apply.worktree, ['diff', '--name-only', '--no-renames', parent, commit.commit]))
      .split('\n')
      .filter(Boolean);
    const step = { repository: apply.worktree, parent, commit: commit.commit, touched };
    // before first: the checkout that stays is the patch's own
    const docsOf = async (id: string): Promise<string[]> => {
      const scratch = await checkoutScratch(ctx, apply.worktree, id);
      const files = documented(touched).filter((file) => existsSync(join(scratch, file)));
      return kernelDocOf(ctx, scratch, files, documents);
    };
    const docs = { before: await docsOf(parent), after: await docsOf(commit.commit) };
    const worktree = scratchPath(apply.worktree);
    const style = await runCheckpatch(ctx, worktree, path);
    const named = await namesAround(step);
    const findings = [
      ...style.findings,
      ...messages.slice(index, index + 1).flatMap((m) => [...checkMessage(m), ...referenceFindings(m.body, named)]),
      ...twice.filter((t) => t.id === commit.id).map((t) => t.finding),
      ...(await sizeOf(step)),
      ...(await headerFindings(step)),
      ...kernelDocFindings(docs.before, docs.after),
      ...(await docFindings(worktree)),
    ];
    const maintainers = await maintainersOf(worktree, path);
    if (maintainers.length === 0)
      findings.push(finding('get_maintainer', 'NO_MAINTAINER', 'get_maintainer.pl names no maintainer'));

    const compared = options.quick
      ? nothingCompared('left out')
      : await compareWarnings(ctx, { ...step, allTouched, dotconfig: options.dotconfig, name: commit.id });
    findings.push(...compared.findings);
    const lines = contents[index]?.content.toString('utf8').split('\n') ?? [];
    const verdict = judge(commit.subject, findings, exceptions, (line) => lines[line - 1] ?? '');
    judged.push(verdict);
    patches.push({
      id: commit.id,
      subject: commit.subject,
      commit: commit.commit,
      findings: verdict.findings,
      excused: verdict.excused.length,
      excuses: verdict.excused.map(({ finding: f, exception }) => ({
        type: f.type,
        message: f.message,
        reason: exception.reason,
      })),
      newWarnings: compared.newWarnings,
      objects: compared.objects,
      linesChecked: style.linesChecked,
      maintainers,
      columns: columnsOf(
        verdict.findings,
        verdict.excused.map((one) => one.finding),
        new Map([...compared.notRun, ...style.missing.map((name) => [name, 'not installed'] as const)]),
      ),
    });
  }
  const idle =
    options.only.length > 0 || options.quick
      ? []
      : unused(exceptions, judged).map((e) => `${EXCEPTIONS}:${e.line}: ${e.patch} ${e.type} excuses nothing any more`);
  const ok = patches.length > 0 && patches.every((p) => p.findings.length === 0) && idle.length === 0;
  const record: CheckRecord = {
    stage: 'check',
    head: apply.head,
    tree: apply.tree,
    ok,
    patches,
    unused: idle,
    ms: Math.round(performance.now() - started),
  };
  // a part is no verdict on the whole
  ctx.run.write(options.only.length > 0 || options.quick ? 'check.part' : 'check', record);
  return record;
}
