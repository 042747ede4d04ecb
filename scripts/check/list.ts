/** What is asked of every patch: a column of the table each, in the order of `--help`. Pure. */
import type { Finding } from '../records/series.ts';

export const CHECKS = [
  { name: 'checkpatch', what: 'checkpatch.pl --strict: style, help texts of Kconfig' },
  { name: 'spdx', what: 'licence tags, by scripts/spdxcheck.py' },
  { name: 'codespell', what: 'spelling, by the dictionary of codespell' },
  { name: 'message', what: 'rules of subject and body that checkpatch does not know' },
  { name: 'reference', what: 'paths that a message names exist; form of commits and links' },
  { name: 'size', what: 'changed lines, without copies of uapi headers and what is generated' },
  { name: 'uapi', what: 'copies of uapi headers stay the same; enum values and members are only appended' },
  { name: 'kernel-doc', what: 'new warnings of scripts/kernel-doc about the files of the patch' },
  { name: 'bpf_doc', what: 'scripts/bpf_doc.py can read the helper documentation' },
  { name: 'get_maintainer', what: 'get_maintainer.pl names a recipient' },
  { name: 'gcc', what: 'new warnings of gcc with W=1, and of sparse' },
  { name: 'clang', what: 'new warnings of clang with W=1' },
  { name: 'smatch', what: 'new warnings of smatch, where it is installed' },
  { name: 'coccicheck', what: 'new reports of the semantic patches of the kernel, where spatch is installed' },
] as const;

export type CheckName = (typeof CHECKS)[number]['name'];

export function finding(check: CheckName, type: string, message: string): Finding {
  return { check, type, message, line: undefined };
}

interface Column {
  readonly check: CheckName;
  readonly verdict: string;
}

/**
 * One cell for each check.
 * @param notRun why a check said nothing, such as `not installed`: never the same as `ok`
 */
export function columnsOf(
  findings: readonly Pick<Finding, 'check'>[],
  excused: readonly Pick<Finding, 'check'>[],
  notRun: ReadonlyMap<CheckName, string>,
): Column[] {
  return CHECKS.map(({ name }) => {
    const of = (list: readonly Pick<Finding, 'check'>[]): number => list.filter(({ check }) => check === name).length;
    const [open, known] = [of(findings), of(excused)];
    const said = [...(open > 0 ? [`${open} found`] : []), ...(known > 0 ? [`${known} excused`] : [])];
    const why = notRun.get(name);
    if (why !== undefined) said.push(why);
    return { check: name, verdict: said.length === 0 ? 'ok' : said.join(', ') };
  });
}

/** For `--help`. */
export function formatChecks(): string {
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  return CHECKS.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`).join('\n');
}
