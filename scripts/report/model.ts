/** From stage records to one report; pure, so a saved run says the same tomorrow. */
import type { z } from 'zod';
import { applySchema, type ApplyRecord, type AppliedCommit } from '../records/apply.ts';
import { buildSchema, configSchema, type BuildRecord, type ConfigRecord } from '../records/build.ts';
import { environmentSchema, failureSchema, planSchema, type FailureRecord } from '../records/run.ts';
import {
  selftestSchema,
  suiteSchema,
  type SelftestRecord,
  type SuiteRecord,
  type Totals,
} from '../records/selftest.ts';
import { bisectSchema, checkSchema, type BisectRecord, type CheckRecord, type PatchCheck } from '../records/series.ts';
import { clientsSchema, type ClientsRecord } from '../records/clients.ts';
import { regressSchema, type RegressRecord } from '../records/regress.ts';
import { tablesSchema, type RecordTables } from '../records/tables.ts';
import { add } from '../records/totals.ts';

export type Verdict = 'PASS' | 'FAIL' | 'INCOMPLETE';

export interface PatchRow {
  readonly id: string;
  readonly subject: string;
  readonly commit: string;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
  readonly fit: string;
  /** 'ok' or 'none' in front where all is well; undefined where it was not asked. */
  readonly builds: string | undefined;
  readonly warnings: string | undefined;
  readonly checks: string | undefined;
  readonly findings: readonly PatchFinding[];
  /** A cell for each check; none where it was not asked, or by an older version. */
  readonly columns: PatchCheck['columns'];
}

export interface PatchFinding {
  readonly command: 'check' | 'bisect';
  /** The check, or the variant that does not build. */
  readonly what: string;
  readonly why: string;
}

/** Tables that a record brought along. */
export interface Section {
  readonly record: string;
  readonly tables: RecordTables;
}

export interface ConfigReport {
  readonly name: string;
  readonly config: ConfigRecord | undefined;
  readonly build: BuildRecord | undefined;
  readonly selftest: SelftestRecord | undefined;
  readonly failure: FailureRecord | undefined;
}

/** Totals as in the run's last line: tests of every kind, the type check, configurations that could not be tested. */
export interface Report extends Totals {
  readonly run: string;
  readonly verdict: Verdict;
  /** Why it is not PASS. */
  readonly reasons: readonly string[];
  /** What is wrong with the series by the word of other runs; no part of the verdict on this one. */
  readonly notes: readonly string[];
  readonly apply: ApplyRecord | undefined;
  readonly patches: readonly PatchRow[];
  /** What could have been part of the run, and was not. */
  readonly notPart: readonly string[];
  readonly sections: readonly Section[];
  /** The kernel's own tests, of the same commits. */
  readonly regress: RegressRecord | undefined;
  /** Programs that people use, on the same commits. */
  readonly clients: ClientsRecord | undefined;
  readonly configs: readonly ConfigReport[];
  /** Unit tests and type check, as far as the run had them. */
  readonly suites: readonly SuiteRecord[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly timings: readonly { readonly step: string; readonly ms: number; readonly note: string }[];
}

/** Parsed JSON by file name without `.json`, such as `build.default`. */
export type Records = ReadonlyMap<string, unknown>;

const SUITES = ['unit', 'types'] as const;
export const SUITE_NAMES = { unit: 'unit tests', host: 'tests of the host', types: 'type check' } as const;

function patchRow(commit: AppliedCommit, check: CheckRecord | undefined, bisect: BisectRecord | undefined): PatchRow {
  const checked = check?.patches.find((p) => p.id === commit.id);
  const built = bisect?.patches.find((p) => p.id === commit.id);
  const findings = [...found(checked), ...broken(built)];
  return { ...commit, ...buildsAlone(built), ...judgedBy(checked), findings, columns: checked?.columns ?? [] };
}

type Checked = CheckRecord['patches'][number] | undefined;
type Built = BisectRecord['patches'][number] | undefined;
type Variants = BisectRecord['patches'][number]['variants'];

function buildsAlone(built: Built): Pick<PatchRow, 'builds'> {
  if (built === undefined) return { builds: undefined };
  const bad = built.variants.filter((v) => !v.ok);
  const names = (variants: Variants): string => variants.map((v) => v.variant).join(', ');
  return { builds: bad.length === 0 ? `ok (${names(built.variants)})` : `failed: ${names(bad)}` };
}

function judgedBy(checked: Checked): Pick<PatchRow, 'warnings' | 'checks'> {
  if (checked === undefined) return { warnings: undefined, checks: undefined };
  const { findings, excused, newWarnings } = checked;
  const verdict = findings.length === 0 ? 'ok' : `${findings.length} findings`;
  return {
    warnings: newWarnings === 0 ? 'none new' : `${newWarnings} new`,
    checks: excused === 0 ? verdict : `${verdict} (${excused} excused)`,
  };
}

function found(checked: Checked): PatchFinding[] {
  const { findings = [] } = checked ?? {};
  return findings.map(({ check, type, message, line }) => ({
    command: 'check',
    what: `${check}: ${type}`,
    why: line === undefined ? message : `line ${line}: ${message}`,
  }));
}

function broken(built: Built): PatchFinding[] {
  const { variants = [] } = built ?? {};
  return variants
    .filter(({ ok }) => !ok)
    .map(({ variant, outcome, detail }) => ({ command: 'bisect', what: variant, why: `${outcome}\n${detail}`.trim() }));
}

/** @param records of the run; check and bisect may come from other runs on the same head */
export function assemble(run: string, records: Records): Report {
  const reasons: string[] = [];
  const parse = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    if (!records.has(name)) return undefined;
    const result = schema.safeParse(records.get(name));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    reasons.push(`${name}.json cannot be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a record'}`);
    return undefined;
  };
  const apply = parse('apply', applySchema);
  const check = sameHead(parse('check', checkSchema), apply);
  const bisect = sameHead(parse('bisect', bisectSchema), apply);
  const regress = sameHead(parse('regress', regressSchema), apply);
  const clients = sameHead(parse('clients', clientsSchema), apply);
  const plan = parse('plan', planSchema);
  const begun = [...records.keys()].flatMap(
    (key) => /^(?:config|build|selftest|failure)\.([^.]+)$/.exec(key)?.[1] ?? [],
  );
  const names = [...new Set([...begun, ...(plan?.configs ?? [])])].sort(byImportance);
  const configs = names.map(
    (name): ConfigReport => ({
      name,
      config: parse(`config.${name}`, configSchema),
      build: parse(`build.${name}`, buildSchema),
      selftest: parse(`selftest.${name}`, selftestSchema),
      failure: parse(`failure.${name}`, failureSchema),
    }),
  );

  const suites = SUITES.flatMap((name) => parse(name, suiteSchema) ?? []);
  for (const name of plan?.suites ?? []) if (!records.has(name)) reasons.push(`${SUITE_NAMES[name]}: did not finish`);
  for (const { stage, failed } of suites) if (failed > 0) reasons.push(`${SUITE_NAMES[stage]}: ${failed} failed`);
  if (begun.length === 0) reasons.push('no configuration was built or tested');
  for (const { name, build, selftest, failure } of configs) {
    if (failure !== undefined) {
      reasons.push(formatFailure(failure));
      continue;
    }
    if (!begun.includes(name)) {
      reasons.push(`${name}: was not begun`);
      continue;
    }
    if (build === undefined) reasons.push(`${name}: the kernel was not built`);
    else if (build.newWarnings.length > 0)
      reasons.push(`${name}: ${build.newWarnings.length} warnings that the base does not have`);
    if (selftest === undefined) reasons.push(`${name}: the selftests did not finish`);
    else if (selftest.failed > 0) reasons.push(`${name}: ${selftest.failed} tests failed`);
    else if (selftest.passed === 0) reasons.push(`${name}: no test passed`);
    if (build !== undefined && selftest !== undefined && build.source.tree !== selftest.tree)
      reasons.push(`${name}: the kernel that was tested is not the one that was built`);
  }
  const notes = [
    ...(check === undefined || check.ok ? [] : ['npm run check has findings']),
    ...(bisect === undefined || bisect.ok ? [] : ['npm run bisect: a patch does not stand alone']),
    ...(regress === undefined || regress.ok ? [] : [`npm run regress: ${regress.problems.join('; ')}`]),
    ...(clients === undefined || clients.ok ? [] : [`npm run clients: ${clients.problems.join('; ')}`]),
  ];

  const tested = [...suites, ...configs.flatMap((c) => c.selftest ?? [])];
  const sum = add(...tested);
  const broken = configs.filter(({ failure }) => failure !== undefined).length;
  const red = broken > 0 || sum.failed > 0 || configs.some((c) => (c.build?.newWarnings.length ?? 0) > 0);
  return {
    run,
    verdict: red ? 'FAIL' : reasons.length > 0 ? 'INCOMPLETE' : 'PASS',
    reasons,
    notes,
    passed: sum.passed,
    failed: sum.failed + broken,
    skipped: sum.skipped,
    apply,
    patches: (apply?.commits ?? []).map((commit) => patchRow(commit, check, bisect)),
    notPart: [
      ...SUITES.filter((name) => suites.every(({ stage }) => stage !== name)).map((name) => SUITE_NAMES[name]),
      ...(check === undefined ? ['npm run check'] : []),
      ...(bisect === undefined ? ['npm run bisect'] : []),
      ...(regress === undefined ? ['npm run regress'] : []),
      ...(clients === undefined ? ['npm run clients'] : []),
    ],
    regress,
    clients,
    sections: [...records].flatMap(([record, value]): Section[] => {
      const ofOther = { regress: regress === undefined, clients: clients === undefined };
      if (ofOther[record as keyof typeof ofOther] === true) return [];
      const { data } = tablesSchema.safeParse(value);
      return data === undefined ? [] : [{ record, tables: data.tables }];
    }),
    configs,
    suites,
    environment: parse('environment', environmentSchema)?.facts ?? [],
    timings: timings(apply, suites, configs),
  };
}

export function titleOf({ apply, run }: Report): string {
  return apply === undefined ? run : `${apply.series.name} v${apply.series.version} on Linux ${apply.base.kernel}`;
}

export function formatFailure({ config, code, message }: FailureRecord): string {
  return `${config}: ${code}: ${message}`;
}

/** A verdict on other commits says nothing about these. */
function sameHead<T extends { readonly head: string }>(
  part: T | undefined,
  apply: ApplyRecord | undefined,
): T | undefined {
  return part !== undefined && apply !== undefined && part.head === apply.head ? part : undefined;
}

function byImportance(a: string, b: string): number {
  if (a === 'default' || b === 'default') return a === b ? 0 : a === 'default' ? -1 : 1;
  return a < b ? -1 : 1;
}

function timings(
  apply: ApplyRecord | undefined,
  suites: readonly SuiteRecord[],
  configs: readonly ConfigReport[],
): Report['timings'] {
  const rows: { step: string; ms: number; note: string }[] = [];
  if (apply) rows.push({ step: 'apply', ms: apply.durationMs, note: `${apply.commits.length} patches` });
  for (const { stage, ms, files } of suites)
    rows.push({ step: SUITE_NAMES[stage], ms, note: stage === 'unit' ? `${files.length} files` : '' });
  for (const { name, config, build, selftest } of configs) {
    if (config)
      rows.push({
        step: `${name}: config`,
        ms: config.ms,
        note: config.reused ? 'unchanged' : `${config.requests} symbols verified`,
      });
    if (build)
      rows.push({ step: `${name}: build`, ms: build.ms, note: build.reused ? 'unchanged' : `${build.steps} steps` });
    for (const boot of selftest?.boots ?? [])
      rows.push({
        step: `${name}: boot`,
        ms: boot.ms,
        note: boot.end === 'stopped' ? '' : `${boot.end}: ${boot.reason}`,
      });
    for (const topic of selftest?.topics ?? [])
      rows.push({ step: `${name}: ${topic.topic}`, ms: topic.ms, note: `${topic.tests.length} tests` });
  }
  return rows;
}
