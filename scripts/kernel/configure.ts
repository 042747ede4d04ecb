/** The config stage: tinyconfig, fragments merged by the kernel's own script, every requested symbol proven. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { buildDirOf, makeArgv } from './kbuild.ts';
import { mustMake } from './making.ts';
import { printSteps, type StageContext, type Step } from '../lib/stage.ts';
import { changedPaths, readTreeState } from './tree-state.ts';
import type { ConfigRecord, SourceTree } from '../records/build.ts';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { targetOf } from '../lib/architecture.ts';
import { makeDir } from '../lib/make-dir.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { dropped, parseDotConfig, type Dropped } from './dotconfig.ts';
import { definesSymbol } from './defines.ts';
import { explainDropped } from './explain.ts';
import { effectiveRequests, parseFragment, type Fragment } from './fragment.ts';
import { layersFor, namedConfigs } from './layers.ts';
import { readSymbols } from './symbols.ts';

/** Changes to other paths cannot change what `olddefconfig` makes of the same fragments. */
const CONFIG_PATHS = new RegExp(
  [
    /(?:^|\/)Kconfig[^/]*$/,
    /\.config$/,
    /^scripts\/(?:kconfig\/|[^/]*\.(?:sh|include|py)$|Makefile\.compiler$)/,
    /^(?:arch\/[^/]+\/)?Makefile$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const STATE_FILE = '.workbench-config.json';

/** All fragments of kconfig/, by name. @throws E_CONFIG with every problem of every file */
function readFragments(root: string): Map<string, Fragment> {
  const dir = join(root, 'kconfig');
  const files = existsSync(dir)
    ? readdirSync(dir)
        .filter((file) => file.endsWith('.config'))
        .sort()
    : [];
  const refuse = (message: string, next: string, problems: readonly Problem[] = []): WorkbenchError =>
    new WorkbenchError('E_CONFIG', message, { next, problems });
  if (files.length === 0) throw refuse('kconfig/ holds no fragment', 'git checkout kconfig');
  const fragments = new Map(
    files.map((file): [string, Fragment] => [
      basename(file, '.config'),
      parseFragment(`kconfig/${file}`, readFileSync(join(dir, file), 'utf8')),
    ]),
  );
  const problems = [...fragments.values()]
    .flatMap((f) => f.problems)
    .map((p): Problem => ({ code: p.code, message: p.message, position: { file: p.file, line: p.line } }));
  if (problems.length > 0) {
    throw refuse('the fragments of kconfig/ have mistakes', 'correct them, and run the command again', problems);
  }
  return fragments;
}

/** The configurations that can be asked for, sorted. @throws E_CONFIG */
export function configNames(root: string): string[] {
  return namedConfigs(readFragments(root));
}

/** merge_config.sh splits its list at blanks, which the project's path may have: it gets names behind a link. */
const FRAGMENTS = '.workbench-kconfig';

/** @param fragments names below kconfig/ of the project */
export function configSteps(
  root: string,
  source: SourceTree,
  buildDir: string,
  fragments: readonly string[],
  dotconfig: string,
): Step[] {
  const env = { KCONFIG_CONFIG: dotconfig };
  const { worktree } = source;
  const mergeScript = join(worktree, 'scripts/kconfig/merge_config.sh');
  return [
    { title: 'tinyconfig', argv: makeArgv(worktree, buildDir, ['tinyconfig']), env },
    { title: 'fragments', argv: ['ln', '-sfn', join(root, 'kconfig'), join(buildDir, FRAGMENTS)] },
    {
      title: 'merge',
      cwd: buildDir,
      env,
      argv: [mergeScript, '-m', '-Q', dotconfig, ...fragments.map((name) => join(FRAGMENTS, name))],
    },
    { title: 'olddefconfig', argv: makeArgv(worktree, buildDir, ['olddefconfig']), env },
  ];
}

/** What answers `$(cc-option,...)` in Kconfig files; another version may configure differently. */
async function toolVersions(cross: string): Promise<string> {
  const outputs = await Promise.all([`${cross}gcc`, `${cross}ld`, 'pahole'].map((tool) => exec([tool, '--version'])));
  return outputs.map((o) => o.stdout.split('\n')[0] ?? '').join('; ');
}

const stateSchema = z.object({ key: z.string(), tree: z.string(), sha256: z.string() });
type State = z.infer<typeof stateSchema>;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

async function stillValid(
  state: State | undefined,
  key: string,
  source: SourceTree,
  dotconfig: string,
): Promise<boolean> {
  if (state === undefined || state.key !== key || !existsSync(dotconfig)) return false;
  if (sha256(readFileSync(dotconfig)) !== state.sha256) return false;
  const now = await readTreeState(source.worktree);
  if (now.dirty.some((path) => CONFIG_PATHS.test(path))) return false;
  if (now.tree === state.tree) return true;
  const changed = await changedPaths(source.worktree, state.tree, now.tree);
  return changed !== undefined && !changed.some((path) => CONFIG_PATHS.test(path));
}

function failDropped(list: readonly Dropped[], text: string, worktree: string, directory: string): never {
  const table = readSymbols((path) => {
    const full = join(worktree, path);
    return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
  }, directory);
  const config = parseDotConfig(text);
  const problems = list.map(
    ({ request, actual }): Problem => ({
      code: 'dropped-symbol',
      message: `CONFIG_${request.symbol}=${request.value} became ${actual === 'n' ? '"is not set"' : actual}`,
      position: { file: request.file, line: request.line },
      hint: explainDropped({ request, actual }, config, table).join('\n          '),
    }),
  );
  const symbols = problems.length === 1 ? 'symbol is' : 'symbols are';
  throw new WorkbenchError('E_CONFIG_DROPPED', `${problems.length} requested ${symbols} not in the final .config`, {
    problems,
    next: 'correct the fragment, or add what the symbol depends on, and run the command again',
  });
}

/** Idempotent; leaves `.config` untouched (time included) when its content does not change. */
export async function configure(ctx: StageContext, source: SourceTree, name: string): Promise<ConfigRecord> {
  const started = performance.now();
  const buildDir = buildDirOf(source.worktree, name);
  const defines = (symbol: string): Promise<boolean> => definesSymbol(source.worktree, symbol);
  const { fragment: layer, arch } = targetOf(name);
  const { fragments, left } = await layersFor(layer, readFragments(ctx.root), defines);
  const requests = effectiveRequests(fragments, arch.name);
  const files = fragments.map((f) => join(ctx.root, f.file));
  const dotconfig = join(buildDir, '.config');
  const next = join(buildDir, '.config.workbench');
  ctx.log({ kind: 'stage', stage: 'config', text: `${name}: ${fragments.map((f) => f.file).join(' + ')}` });
  for (const { name: fragment, why } of left) {
    ctx.log({ kind: 'note', text: `kconfig/${fragment}.config is left out: ${why}` });
  }

  const steps = configSteps(
    ctx.root,
    source,
    buildDir,
    fragments.map((f) => basename(f.file)),
    next,
  );
  const finish = (text: string, reused: boolean): ConfigRecord => {
    const record: ConfigRecord = {
      stage: 'config',
      config: name,
      source,
      buildDir,
      dotconfig,
      sha256: sha256(text),
      fragments: fragments.map((f) => f.file),
      leftOut: left,
      requests: requests.length,
      enabled: parseDotConfig(text).size,
      reused,
      ms: Math.round(performance.now() - started),
    };
    if (!ctx.dryRun) ctx.run.write(`config.${name}`, record);
    return record;
  };
  if (ctx.dryRun) {
    printSteps(steps, ctx);
    return finish('', false);
  }

  const key = sha256(JSON.stringify([files.map((file) => readFileSync(file, 'utf8')), await toolVersions(arch.cross)]));
  const stateFile = join(buildDir, STATE_FILE);
  if (await stillValid(stateSchema.safeParse(readJson(stateFile)).data, key, source, dotconfig)) {
    ctx.log({ kind: 'done', text: `unchanged, ${requests.length} symbols were verified earlier` });
    return finish(readFileSync(dotconfig, 'utf8'), true);
  }
  makeDir(buildDir);
  for (const stale of [next, `${next}.old`, stateFile]) rmSync(stale, { force: true });
  const logFile = ctx.run.log(`config.${name}`);
  for (const step of steps) await mustMake(step, buildDir, ctx, logFile);

  const text = readFileSync(next, 'utf8');
  const lost = dropped(requests, parseDotConfig(text));
  if (lost.length > 0) failDropped(lost, text, source.worktree, arch.directory);
  if (existsSync(dotconfig) && readFileSync(dotconfig, 'utf8') === text) rmSync(next);
  else renameSync(next, dotconfig);
  const state: State = { key, tree: (await readTreeState(source.worktree)).tree, sha256: sha256(text) };
  writeJson(stateFile, state);
  copyFileSync(dotconfig, join(ctx.run.dir, `config.${name}.dotconfig`));
  const record = finish(text, false);
  const done = `${requests.length} requested symbols verified, ${record.enabled} set in all`;
  ctx.log({ kind: 'done', text: done, ms: record.ms });
  return record;
}
