import type { Refusal } from '../../selftests/agent/protocol.ts';

/** Thrown by client calls that expect success; the calls named `try...` return the refusal instead. */
export class GuestRefusal extends Error {
  readonly code: string;
  readonly errno: number;
  readonly log: string;

  constructor(what: string, refusal: Refusal) {
    const tail = refusal.log.trimEnd().split('\n').slice(-12).join('\n');
    super(`${what}: ${refusal.code}: ${refusal.message}${tail === '' ? '' : `\n${tail}`}`);
    this.name = 'GuestRefusal';
    this.code = refusal.code;
    this.errno = refusal.errno;
    this.log = refusal.log;
  }
}

export function must<T extends object>(
  what: string,
  outcome: ({ readonly ok: true } & T) | Refusal,
): { readonly ok: true } & T {
  if (!outcome.ok) throw new GuestRefusal(what, outcome);
  return outcome;
}
