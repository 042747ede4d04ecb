/** Whether the newest verdict of check or bisect is one on what is applied now, on all of it, and green. Pure. */
import type { Problem } from '../lib/errors.ts';
import { bisectSchema, checkSchema } from '../records/series.ts';
import { VARIANTS } from './variants.ts';

/** As latestRecord() finds it. */
type Found = { readonly run: string; readonly record: unknown } | undefined;

/** @param head the commit that is applied */
export function freshnessOf(stage: 'check' | 'bisect', head: string, found: Found): Problem[] {
  const problem = (code: string, message: string): Problem[] => [{ code, message, hint: `npm run ${stage}` }];
  const record = (stage === 'check' ? checkSchema : bisectSchema).safeParse(found?.record).data;
  if (found === undefined || record === undefined) return problem('not-run', `${stage} has not been run`);
  if (record.head !== head) return problem('outdated', `the last ${stage} (out/${found.run}) was of other commits`);
  const missing = record.stage === 'bisect' ? leftOut(record.patches) : [];
  if (missing.length > 0)
    return problem('partial', `the last bisect (out/${found.run}) left out ${missing.join(', ')}`);
  return record.ok ? [] : problem('red', `${stage} is red: out/${found.run}`);
}

/** Variants that were not asked of every patch. */
function leftOut(patches: readonly { readonly variants: readonly { readonly variant: string }[] }[]): string[] {
  return VARIANTS.map(({ name }) => name).filter(
    (name) => !patches.every(({ variants }) => variants.some(({ variant }) => variant === name)),
  );
}
