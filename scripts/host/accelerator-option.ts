/** `--accel`, of every command that boots. */
import { WorkbenchError } from '../lib/errors.ts';
import { parseOptions } from '../lib/options.ts';
import { WANTED, type Wanted } from './accelerator.ts';

export const ACCEL_OPTION = {
  accel: {
    type: 'string',
    value: WANTED.join('|'),
    default: 'auto',
    summary:
      'what guests run with: KVM if a kernel runs under it, else emulation; kvm: that or exit 69, ' +
      'and no boot in emulation instead; tcg: emulation',
  },
} as const;

/** @param next what to type instead. @throws E_USAGE */
export function wantedAccel(value: string, next: string): Wanted {
  const wanted = WANTED.find((name) => name === value);
  if (wanted === undefined)
    throw new WorkbenchError('E_USAGE', `--accel ${value}: it is one of ${WANTED.join(', ')}`, { next });
  return wanted;
}

/** Of a script below selftests/ that takes nothing else. @throws E_USAGE, E_UNKNOWN_OPTION */
export function accelIn(name: string, args: readonly string[]): Wanted {
  const { values } = parseOptions({ name, options: ACCEL_OPTION }, args);
  return wantedAccel(String(values['accel']), `node --import tsx selftests/${name}`);
}
