/** From what the boots gave to results: rows, and where they are from. Pure. */
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { Measured } from './measure.ts';
import { problems, toRows } from './rows.ts';
import type { Provenance, Row } from './types.ts';

const SHOWN_PROBLEMS = 20;

/** @throws E_TEST when an operation failed or a record was lost: no row is better than a wrong one */
export function rowsOf(measured: readonly Measured[]): Row[] {
  const readings = measured.flatMap((each) => each.readings);
  const wrong = problems(readings);
  if (wrong.length > 0) throw new WorkbenchError('E_TEST', `${wrong.length} measurements cannot be used`, { detail: wrong.slice(0, SHOWN_PROBLEMS).join('\n') });
  return toRows(readings);
}

/** @param qemu what it says to --version */
export function provenanceOf(record: BuildRecord, [first]: readonly Measured[], qemu: string, now: Date): Provenance {
  const { source } = record;
  return {
    date: now.toISOString().slice(0, 10),
    kernel: record.release,
    base: `${source.base} (${source.version})`,
    tree: source.tree,
    config: record.config,
    compiler: record.compiler,
    qemu: qemu.split('\n')[0] ?? '',
    cpu: first?.cpu ?? '',
    accelerator: 'TCG, -icount shift=0,sleep=off',
    mitigation: (first?.mitigation ?? '').split(';')[0] ?? '',
  };
}
