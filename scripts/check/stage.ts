/** The check stage: every patch by itself, against everything a reviewer's tools would say. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApplyRecord } from '../records/apply.ts';
import { checkoutScratch } from '../kernel/scratch.ts';
import type { StageContext } from '../lib/stage.ts';
import { formatWarning, newWarnings } from '../kernel/warnings.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { readYaml } from '../lib/yaml.ts';
import { loadSeries, patchesDir, seriesFor } from '../series/load.ts';
import { checkpatchArgv, parseCheckpatch } from './checkpatch.ts';
import { compileWithWarnings } from './compile.ts';
import { kbuildDescends } from './descends.ts';
import { judge, readExceptions, unused, type Judged } from './exceptions.ts';
import { checkMessage, checkSubjects, parseMessage } from './message.ts';
import { unitsOf } from './units.ts';
import type { Warning } from '../records/build.ts';
import type { CheckRecord, Finding, PatchCheck } from '../records/series.ts';

export const EXCEPTIONS = 'patches/exceptions.yaml';

const finding = (check: string, type: string, message: string): Finding => ({ check, type, message, line: undefined });

async function runCheckpatch(
  ctx: StageContext,
  worktree: string,
  path: string,
): Promise<{ findings: Finding[]; linesChecked: number }> {
  const result = await exec(checkpatchArgv(worktree, path), { cwd: worktree, signal: ctx.signal });
  const { findings, linesChecked } = parseCheckpatch(result.stdout);
  if (linesChecked === undefined || linesChecked === 0) {
    throw new WorkbenchError('E_CHECK', `checkpatch.pl checked nothing of ${path}`, {
      detail: (result.stderr || result.stdout).slice(-1000),
      next: 'npm run doctor',
    });
  }
  return { findings: [...findings], linesChecked };
}

async function maintainersOf(worktree: string, path: string): Promise<string[]> {
  const result = await exec(
    ['perl', join(worktree, 'scripts/get_maintainer.pl'), '--no-git', '--no-git-fallback', '--norolestats', path],
    { cwd: worktree },
  );
  return result.failed ? [] : result.stdout.split('\n').filter(Boolean);
}

/** The helper documentation is generated from the header; a comment it cannot read breaks every build of libbpf. */
async function docFindings(worktree: string): Promise<Finding[]> {
  const header = join(worktree, 'include/uapi/linux/bpf.h');
  const script = join(worktree, 'scripts/bpf_doc.py');
  const found: Finding[] = [];
  for (const args of [['helpers'], ['syscall'], ['--header']]) {
    const argv =
      args[0] === '--header'
        ? ['python3', script, '--header', '--file', header]
        : ['python3', script, '--filename', header, ...args];
    const result = await exec(argv);
    if (result.failed || result.stdout.length < 1000)
      found.push(
        finding('bpf_doc', 'BPF_DOC', `${args[0]}: ${result.stderr.trim().split('\n').at(-1) ?? 'no output'}`),
      );
  }
  const twin = join(worktree, 'tools/include/uapi/linux/bpf.h');
  if (readFileSync(header, 'utf8') !== readFileSync(twin, 'utf8'))
    found.push(finding('uapi', 'UAPI_TWINS', 'include/uapi/linux/bpf.h and its copy under tools/ differ'));
  return found;
}

export interface CheckOptions {
  readonly apply: ApplyRecord;
  /** A final `.config` to compile with. */
  readonly dotconfig: string;
  /** Ids of the patches to look at; all when empty. */
  readonly only: readonly string[];
  /** Leaves W=1 and sparse out, and says so. */
  readonly quick: boolean;
}

/** Each patch as its base has it. One with a diff of the base's own is in no file: it gets one in the run's directory. */
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
    const touched = (await gitText(apply.worktree, ['diff', '--name-only', parent, commit.commit]))
      .split('\n')
      .filter(Boolean);
    const worktree = await checkoutScratch(ctx, apply.worktree, commit.commit);
    const style = await runCheckpatch(ctx, worktree, path);
    const findings = [
      ...style.findings,
      ...messages.slice(index, index + 1).flatMap(checkMessage),
      ...twice.filter((t) => t.id === commit.id).map((t) => t.finding),
      ...(await docFindings(worktree)),
    ];
    const maintainers = await maintainersOf(worktree, path);
    if (maintainers.length === 0)
      findings.push(finding('get_maintainer', 'NO_MAINTAINER', 'get_maintainer.pl names no maintainer'));

    const compiled = options.quick
      ? { fresh: [], objects: [], failures: [] }
      : await compareWarnings(ctx, options, commit, parent, touched, allTouched);
    findings.push(
      ...compiled.failures,
      ...compiled.fresh.map((w) => finding('warning', 'NEW_WARNING', formatWarning(w))),
    );
    const lines = contents[index]?.content.toString('utf8').split('\n') ?? [];
    const verdict = judge(commit.id, findings, exceptions, (line) => lines[line - 1] ?? '');
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
      newWarnings: compiled.fresh.length,
      objects: compiled.objects,
      linesChecked: style.linesChecked,
      maintainers,
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

async function compareWarnings(
  ctx: StageContext,
  options: CheckOptions,
  commit: ApplyRecord['commits'][number],
  parent: string,
  touched: readonly string[],
  allTouched: readonly string[],
): Promise<{ fresh: Warning[]; objects: string[]; failures: Finding[] }> {
  const { worktree: main } = options.apply;
  const treeOf = async (id: string): Promise<string> => (await gitText(main, ['rev-parse', `${id}^{tree}`])).trim();
  const at = async (
    id: string,
    label: string,
  ): Promise<{ objects: string[]; outcome: Awaited<ReturnType<typeof compileWithWarnings>> }> => {
    const worktree = await checkoutScratch(ctx, main, id);
    const buildable = (path: string): boolean =>
      existsSync(join(worktree, path)) && kbuildDescends(worktree, dirname(path));
    const objects = unitsOf(touched, allTouched, buildable);
    return {
      objects,
      outcome: await compileWithWarnings(ctx, worktree, await treeOf(id), options.dotconfig, objects, label),
    };
  };
  // before first, so that the checkout that stays is the patch's own
  const before = await at(parent, `${commit.id}.before`);
  const after = await at(commit.commit, `${commit.id}.after`);
  const failures =
    after.outcome.failure === undefined ? [] : [finding('compile', 'DOES_NOT_COMPILE', after.outcome.failure)];
  return { fresh: newWarnings(after.outcome.warnings, before.outcome.warnings), objects: after.objects, failures };
}
