/** Whether what stopped a cell says something about it, or only about the machine. Pure. */
import { EXIT, type WorkbenchError } from '../lib/errors.ts';
import type { CellRecord } from '../records/cell.ts';

const OF_THE_MACHINE: readonly number[] = [EXIT.host, EXIT.usage, EXIT.interrupted];

/** A base that could not be had is none that the series does not apply to. */
export function verdictOf({ code, exitCode }: Pick<WorkbenchError, 'code' | 'exitCode'>): CellRecord['verdict'] {
  return code === 'E_BASE' || OF_THE_MACHINE.includes(exitCode) ? 'died' : 'failed';
}
