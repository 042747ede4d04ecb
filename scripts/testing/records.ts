/** Records that stages leave under out/, for tests of their readers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AppliedCommit, ApplyRecord } from '../records/apply.ts';
import { outputPaths, writeBuildState } from '../kernel/state.ts';
import type { BuildRecord, ConfigRecord, SourceTree } from '../records/build.ts';
import type { RegressRecord, SideRecord } from '../records/regress.ts';
import type { FailureRecord } from '../records/run.ts';
import type { BisectRecord, CheckRecord, PatchCheck } from '../records/series.ts';
import { differencesOf, problemsOf } from '../regress/compare.ts';
import { explain } from '../clients/explained.ts';
import { clientTables } from '../clients/tables.ts';
import type { ClientSide, ClientsRecord } from '../records/clients.ts';
import { tablesOf } from '../regress/tables.ts';
import { outRoot } from '../lib/paths.ts';
import { writeJson } from '../lib/record.ts';

const id = (digit: string): string => digit.repeat(40);

/** Of a series of two patches in `worktree`. */
export function applyRecord(worktree: string, over: Partial<ApplyRecord> = {}): ApplyRecord {
  const commit = (number: string, digit: string): AppliedCommit => ({
    id: number,
    subject: `bpf: patch ${number}`,
    file: `00${number}-bpf.patch`,
    commit: id(digit),
    files: 1,
    added: 2,
    removed: 1,
    fit: 'exact',
  });
  return {
    stage: 'apply',
    series: { name: 'test', version: 2 },
    base: {
      name: 'v6.12',
      kernel: '6.12.1',
      origin: 'here',
      repo: '/repo',
      commit: id('b'),
      tree: id('c'),
      seconds: 0,
      key: 'key',
      personal: false,
      options: [],
    },
    worktree,
    branch: 'test-v2',
    head: id('2'),
    tree: id('a'),
    commits: [commit('01', '1'), commit('02', '2')],
    reused: 0,
    durationMs: 1,
    ...over,
  };
}

export function sourceTree(worktree: string, over: Partial<SourceTree> = {}): SourceTree {
  const ids = { baseCommit: id('b'), head: id('2'), tree: id('a') };
  return { worktree, base: 'v6.12', version: '6.12.1', ...ids, options: [], ...over };
}

export function configRecord(source: SourceTree, over: Partial<ConfigRecord> = {}): ConfigRecord {
  const buildDir = join(source.worktree, 'build-default');
  return {
    stage: 'config',
    config: 'default',
    source,
    buildDir,
    dotconfig: join(buildDir, '.config'),
    sha256: 'configured',
    fragments: ['kconfig/default.config'],
    leftOut: [],
    requests: 1,
    enabled: 1,
    reused: false,
    ms: 1,
    ...over,
  };
}

/** Built of that, with libbpf next to it. */
export function buildRecord(config: ConfigRecord, over: Partial<BuildRecord> = {}): BuildRecord {
  const user = join(config.source.worktree, 'tools-out');
  const made = {
    dir: user,
    libbpfSo: join(user, 'libbpf.so'),
    libbpfA: join(user, 'libbpf.a'),
    libbpfIncludes: join(user, 'include'),
    bpftool: join(user, 'bpftool'),
    hostBpftool: join(user, 'bpftool'),
    dtrace: join(user, 'dtrace'),
  };
  return {
    ...outputPaths(config, made),
    compiler: 'gcc 1',
    release: '6.12.1',
    reused: false,
    steps: 1,
    ms: 1,
    warnings: [],
    newWarnings: [],
    ...over,
  };
}

/** Of that series: green, unless `over` says otherwise. */
export function checkRecord(over: Partial<CheckRecord> = {}): CheckRecord {
  const patches = [checkedPatch('01'), checkedPatch('02')];
  return { stage: 'check', head: id('2'), tree: id('a'), ok: true, patches, unused: [], ms: 1, ...over };
}

export function checkedPatch(number: string, over: Partial<PatchCheck> = {}): PatchCheck {
  return {
    id: number,
    subject: `bpf: patch ${number}`,
    commit: id('1'),
    findings: [],
    excused: 0,
    excuses: [],
    newWarnings: 0,
    objects: ['a.o'],
    linesChecked: 1,
    maintainers: ['m'],
    columns: [{ check: 'size', verdict: 'ok' }],
    ...over,
  };
}

/** Every variant of every patch named. */
export function bisectRecord(variants: readonly string[], over: Partial<BisectRecord> = {}): BisectRecord {
  const patches = ['01', '02'].map((number) => builtPatch(number, variants));
  return { stage: 'bisect', head: id('2'), ok: true, patches, notes: [], ms: 1, ...over };
}

export function builtPatch(number: string, variants: readonly string[]): BisectRecord['patches'][number] {
  const built = variants.map((variant) => ({ variant, outcome: 'builds', ok: true, detail: '', reused: false, ms: 1 }));
  return { id: number, subject: `bpf: patch ${number}`, commit: id('1'), variants: built };
}

/** A test of three passed on the base and does not any more. */
export function regressRecord(over: Partial<RegressRecord> = {}): RegressRecord {
  const side = (kernel: SideRecord['kernel'], last: 'passed' | 'failed'): SideRecord => ({
    kernel,
    tree: id(kernel === 'base' ? 'c' : 'a'),
    release: '6.12.1',
    accel: 'tcg',
    tests: ['tailcalls', 'verifier_and', 'tailcalls/one'].map((name, at) => {
      const status = at === 2 ? last : 'passed';
      return { suite: 'test_progs', name, status, why: status === 'failed' ? 'unexpected error: -22' : '' };
    }),
    leftOut: [],
    boots: [],
    reused: false,
    ms: 1,
  });
  const [base, series] = [side('base', 'passed'), side('series', 'failed')];
  const differences = differencesOf(base.tests, series.tests);
  const suites = ['test_progs'];
  return {
    stage: 'regress',
    head: id('2'),
    ok: false,
    whole: true,
    problems: problemsOf(base, series, differences, suites),
    differences,
    base,
    series,
    tables: tablesOf(base, series, suites, differences),
    ms: 1,
    ...over,
  };
}

/** A client that passed on the base does not any more. */
export function clientsRecord(over: Partial<ClientsRecord> = {}): ClientsRecord {
  const side = (kernel: ClientSide['kernel'], status: 'passed' | 'failed'): ClientSide => {
    const tests = [{ suite: 'perf', name: 'cpu-clock', status, why: status === 'failed' ? 'no samples' : '' }];
    const { leftOut: _, ...rest } = regressRecord()[kernel];
    return { ...rest, tests };
  };
  const [base, series] = [side('base', 'passed'), side('series', 'failed')];
  const differences = explain(differencesOf(base.tests, series.tests));
  const root = { suite: 'unstable', packages: { 'linux-perf': '7.2' } };
  return {
    stage: 'clients',
    head: id('2'),
    ok: false,
    whole: true,
    problems: ['1 tests: fails'],
    differences,
    ...root,
    base,
    series,
    tables: clientTables(base, series, ['perf'], differences, root),
    ms: 1,
    ...over,
  };
}

export function failureRecord(over: Partial<FailureRecord> = {}): FailureRecord {
  const message = 'the kernel does not build';
  return { stage: 'failure', config: 'debug', code: 'E_BUILD', exitCode: 13, message, next: 'less log', ...over };
}

/** What the build directory remembers of it: without that, the record is not believed. */
export function rememberBuild(record: BuildRecord): void {
  mkdirSync(record.buildDir, { recursive: true });
  writeBuildState({ tree: record.source.tree, record });
}

/** Files of one run under out/, by the name of their stage. */
export function writeRun(root: string, run: string, records: Readonly<Record<string, object>>): void {
  const dir = join(outRoot(root), run);
  mkdirSync(dir, { recursive: true });
  for (const [stage, record] of Object.entries(records)) writeJson(join(dir, `${stage}.json`), record);
}
