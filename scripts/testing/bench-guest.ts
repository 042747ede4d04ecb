/** A guest that benchmarks are run in, for tests: it answers each command, and notes it. */
import type { Objects } from '../bench/objects.ts';
import type { StartGuest } from '../bench/measure.ts';
import type { BootGuest } from '../guest/boot-guest.ts';
import type { ExecResult } from '../lib/exec.ts';

export const OBJECTS: Objects = {
  of: { series: '/o/series', base: '/o/base', 'v1-inpage': '/o/v1' },
  program: '/o/bench',
};

export interface Scripted {
  readonly start: StartGuest;
  readonly booted: BootGuest[];
  readonly ran: { readonly argv: readonly string[]; readonly env: object | undefined }[];
  stopped: number;
}

/** A guest that answers each command; undefined: with nothing, and success. */
export function scripted(answer: (argv: readonly string[]) => Partial<ExecResult> | undefined): Scripted {
  const guest: Scripted = {
    booted: [],
    ran: [],
    stopped: 0,
    start: async (options) => {
      guest.booted.push(options);
      return {
        guest: {
          exec: async (argv, more) => {
            guest.ran.push({ argv, env: more?.env });
            return { exitCode: 0, signal: null, stdout: '', stderr: '', timedOut: false, ...answer(argv) } as Awaited<
              ReturnType<Awaited<ReturnType<StartGuest>>['guest']['exec']>
            >;
          },
        },
        stop: async () => void (guest.stopped += 1),
      };
    },
  };
  return guest;
}
