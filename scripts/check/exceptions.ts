/**
 * Judged exceptions: each names a patch, a rule and the text it excuses, and says why. One that excuses nothing any
 * more is a finding itself.
 */
import { z } from 'zod';
import type { YamlFile } from '../lib/yaml.ts';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import type { Finding } from '../records/series.ts';

const schema = z.array(
  z.strictObject({
    /** The subject, as numbers change when a patch is put in; or `*` for what no patch of the series can follow. */
    patch: z.string().min(1),
    type: z.string().min(1),
    match: z.string().min(1),
    reason: z.string().min(20, 'a reason is a sentence'),
  }),
);

export type Exception = z.infer<typeof schema>[number] & { readonly line: number };

/** @throws E_CHECK with every mistake of the file */
export function readExceptions(yaml: YamlFile): Exception[] {
  const raw: unknown = yaml.document.toJS() ?? [];
  const parsed = schema.safeParse(raw);
  const problems: Problem[] = [...yaml.problems];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      problems.push({
        code: 'exception',
        message: `${issue.path.join('.')}: ${issue.message}`,
        position: yaml.position(issue.path),
      });
    }
  }
  if (!parsed.success || problems.length > 0) {
    throw new WorkbenchError('E_CHECK', `${yaml.path} has mistakes`, {
      problems,
      next: 'correct them, then npm run check',
    });
  }
  return parsed.data.map((entry, index) => ({ ...entry, line: yaml.position([index]).line ?? 0 }));
}

export interface Judged {
  readonly findings: readonly Finding[];
  readonly excused: readonly { readonly finding: Finding; readonly exception: Exception }[];
}

/** The text of the patch's line counts too, so that an exception can name what it is about. */
export function judge(
  subject: string,
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  lineOf: (line: number) => string,
): Judged {
  const open: Finding[] = [];
  const excused: { finding: Finding; exception: Exception }[] = [];
  for (const finding of findings) {
    const text = `${finding.message}\n${finding.line === undefined ? '' : lineOf(finding.line)}`;
    const exception = exceptions.find(
      (e) => (e.patch === subject || e.patch === '*') && e.type === finding.type && text.includes(e.match),
    );
    if (exception === undefined) open.push(finding);
    else excused.push({ finding, exception });
  }
  return { findings: open, excused };
}

/** Exceptions that no judged patch needed. */
export function unused(exceptions: readonly Exception[], judged: readonly Judged[]): Exception[] {
  const used = new Set(judged.flatMap((j) => j.excused.map((e) => e.exception)));
  return exceptions.filter((exception) => !used.has(exception));
}
