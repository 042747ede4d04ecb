/** Everything that is red, in one list: where, what, why, and the line that shows it again. Pure. */
import { formatFailure, SUITE_NAMES, type Report } from './model.ts';
import { repeatClient, repeatConfig, repeatFile, repeatPatch, repeatRegress, repeatTest } from './repeat.ts';
import type { Difference } from '../records/regress.ts';
import type { TestRecord } from '../records/selftest.ts';

export interface Red {
  /** Patch, configuration and topic, or file. */
  readonly where: string;
  /** The check or the test. */
  readonly what: string;
  /** In a sentence; `detail` has the rest. */
  readonly why: string;
  readonly detail: string;
  readonly again: string;
}

const isRed = ({ status }: TestRecord): boolean => status === 'failed';

function reasonOf({ failures }: TestRecord): Pick<Red, 'why' | 'detail'> {
  const [first, ...more] = failures;
  const rest = more.map(({ message, detail }) => `${message}\n${detail}`.trim());
  return {
    why: first?.message ?? 'failed',
    detail: [first?.detail.trimEnd() ?? '', ...rest].filter(Boolean).join('\n\n'),
  };
}

export function redOf(report: Report): Red[] {
  return [...redOfRun(report), ...redPatches(report), ...redTests(report)];
}

/** Without what an earlier run of `check`, `bisect` or `regress` found, which a report takes in. */
export function redOfRun(report: Report): Red[] {
  return [...redConfigs(report), ...redTopics(report), ...redFiles(report)];
}

const SHOWN_REDS = 20;
const SHOWN_DETAIL_LINES = 12;

/** For the end of a run, where the last lines of a log are all that its reader has. */
export function redLines(reds: readonly Red[]): string[] {
  const lines = reds.slice(0, SHOWN_REDS).flatMap(({ where, what, why, detail, again }) => [
    `FAILED: ${where}: ${what}: ${why}`,
    ...detail
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, SHOWN_DETAIL_LINES)
      .map((line) => `    ${line}`),
    `    again: ${again}`,
  ]);
  const more = reds.length - SHOWN_REDS;
  return more > 0 ? [...lines, `FAILED: ${more} more, which the report has`] : lines;
}

/** Those that were not tested, and new warnings. */
function redConfigs(report: Report): Red[] {
  return report.configs.flatMap(({ name, build, failure }): Red[] => {
    const again = repeatConfig(report, name);
    if (failure !== undefined)
      return [{ where: name, what: 'no tests', why: formatFailure(failure), detail: `next: ${failure.next}`, again }];
    const warnings = build?.newWarnings ?? [];
    if (warnings.length === 0) return [];
    const detail = warnings.map(({ file, line, message }) => `${file}:${line ?? '?'}: ${message}`).join('\n');
    return [
      { where: name, what: 'build', why: `${warnings.length} warnings that the base does not have`, detail, again },
    ];
  });
}

function redTopics(report: Report): Red[] {
  return report.configs.flatMap(({ name, selftest }) =>
    (selftest?.topics ?? []).flatMap((topic) =>
      topic.tests.filter(isRed).map((test) => ({
        where: `${name}: ${topic.topic}`,
        what: test.name,
        ...reasonOf(test),
        again: repeatTest(report, name, topic, test),
      })),
    ),
  );
}

function redFiles(report: Report): Red[] {
  return report.suites.flatMap(({ stage, files }) =>
    files.flatMap(({ file, tests }) =>
      tests.filter(isRed).map((test) => ({
        where: `${SUITE_NAMES[stage]}: ${file}`,
        what: test.name,
        ...reasonOf(test),
        again: repeatFile(stage, file),
      })),
    ),
  );
}

function redPatches(report: Report): Red[] {
  return report.patches.flatMap(({ id, subject, findings }) =>
    findings.map(({ command, what, why }) => {
      const [first = '', ...more] = why.split('\n');
      return {
        where: `patch ${id}: ${subject}`,
        what,
        why: first,
        detail: more.join('\n'),
        again: repeatPatch(command, id),
      };
    }),
  );
}

/** Of comparisons with the base; a death or a splat is shown again by all that was compared. */
function redTests({ regress, clients }: Report): Red[] {
  const of = (compared: Report['regress'] | Report['clients']): readonly Difference[] => compared?.differences ?? [];
  return [
    ...of(regress).map((one) => ({ ...one, whose: "the kernel's ", again: repeatRegress(one.suite, one.name) })),
    ...of(clients).map((one) => ({ ...one, whose: '', again: repeatClient(one.suite) })),
  ]
    .filter(({ red }) => red)
    .map(({ suite, name, base, series, kind, why, whose, again }) => ({
      where: `${whose}${suite}`,
      what: name,
      why: `${kind}: ${base} on the base, ${series} with the series`,
      detail: why,
      again,
    }));
}
