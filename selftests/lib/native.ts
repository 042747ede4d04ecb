import type { Guest } from '../../scripts/guest/client.ts';

/** `npm run soak` sets it: the long form of each topic. */
export const soak = process.env.DTRACE_SELFTESTS_LENGTH === 'soak';

/**
 * Runs a subcommand of the native program, which prints one JSON object; anything else is a failure with what it said.
 */
export async function nativeJson<T>(guest: Guest, args: readonly string[], seconds: number): Promise<T> {
  const timeoutMs = seconds * 1000 * Math.max(1, guest.facts.slowness);
  const done = await guest.exec([guest.facts.workload, ...args], { timeoutMs });
  if (done.exitCode !== 0) {
    throw new Error(
      `workload ${args.join(' ')}: exit ${done.exitCode} ` +
        `signal ${done.signal}${done.timedOut ? ' (out of time)' : ''}: ${done.stderr}${done.stdout}`,
    );
  }
  return JSON.parse(done.stdout) as T;
}

/** Fewer repetitions where each takes longer; never none. */
export function scaled(guest: Guest, repetitions: number): number {
  return soak ? repetitions : Math.max(1, Math.ceil(repetitions / Math.max(1, guest.facts.slowness)));
}
