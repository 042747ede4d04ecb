/** How a guest ended, told from its console and from what the host saw; pure. */
import { splitWriters, stripStamp } from './console-text.ts';
import { findUnreadable } from './unreadable.ts';

export type DeathKind = 'panic' | 'oops' | 'hang' | 'reboot' | 'poweroff' | 'agent-died' | 'qemu-died' | 'stopped';

export interface Death {
  readonly kind: DeathKind;
  /** One sentence for the head of a failure. */
  readonly reason: string;
  /** The console around it. */
  readonly excerpt: readonly string[];
}

export type HostView =
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly signal: string | null }
  /** `mute`: why the guest could not be made to say where it hangs. */
  | { readonly kind: 'budget'; readonly what: string; readonly ms: number; readonly mute?: string }
  /** It was told to power off, and may still have died of something else. */
  | { readonly kind: 'told-to-end' }
  | { readonly kind: 'channel-closed' }
  | { readonly kind: 'stopped' };

const EXCERPT_LINES = 80;
const LEAD_IN_LINES = 10;

const AGENT_EXIT = /^dtrace-selftest: agent ended with (\S+)/;

/** Whole seconds, but of a budget below one. */
function formatSeconds(ms: number): string {
  return `${ms < 1000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}

export function classifyDeath(raw: readonly string[], host: HostView): Death {
  const lines = raw.flatMap(splitWriters);
  const texts = lines.map(stripStamp);
  const find = (pattern: RegExp): number => texts.findIndex((text) => pattern.test(text));
  const around = (index: number): string[] => lines.slice(Math.max(0, index - LEAD_IN_LINES), index + EXCERPT_LINES);
  const tail = lines.slice(-EXCERPT_LINES);
  if (host.kind === 'stopped') return { kind: 'stopped', reason: 'the guest was stopped by the harness', excerpt: [] };
  if (host.kind === 'budget') {
    const mute = host.mute === undefined ? '' : `, and it could not be made to say where: ${host.mute}`;
    return {
      kind: 'hang',
      reason: `the guest hung: ${host.what} took longer than ${formatSeconds(host.ms)}${mute}`,
      excerpt: tail,
    };
  }
  const oops = find(
    /^(?:Oops:|BUG: unable to handle|BUG: kernel NULL pointer|general protection fault|kernel BUG at|invalid opcode:)/,
  );
  const panic = find(/^Kernel panic - not syncing/);
  const agent = find(AGENT_EXIT);
  // a guest without its agent powers off, and what then goes wrong with that is no cause
  const isBefore = (other: number): boolean => agent >= 0 && (other < 0 || agent < other);
  if (isBefore(oops) && isBefore(panic)) {
    return {
      kind: 'agent-died',
      reason: `the agent in the guest died: ${texts[agent]?.replace(AGENT_EXIT, 'it ended with $1') ?? ''}`,
      excerpt: tail,
    };
  }
  if (oops >= 0)
    return { kind: 'oops', reason: `the guest's kernel oopsed: ${texts[oops] ?? ''}`, excerpt: around(oops) };
  if (panic >= 0)
    return { kind: 'panic', reason: `the guest's kernel panicked: ${texts[panic] ?? ''}`, excerpt: around(panic) };
  if (find(/^reboot: Power down/) >= 0) {
    if (host.kind === 'told-to-end')
      return { kind: 'stopped', reason: 'the guest was powered off by the harness', excerpt: [] };
    return { kind: 'poweroff', reason: 'the guest powered off', excerpt: tail };
  }
  if (find(/^(?:reboot: (?:Restarting system|machine restart)|sysrq: Resetting)/) >= 0)
    return { kind: 'reboot', reason: 'the guest rebooted', excerpt: tail };
  if (texts.filter((text) => /^Linux version /.test(text)).length > 1)
    return { kind: 'reboot', reason: 'the guest rebooted: a second boot banner', excerpt: tail };
  const unreadable = findUnreadable(raw);
  const said = unreadable === undefined ? '' : `; its console cannot be read: ${unreadable.why}`;
  const from = Math.max(0, (unreadable?.index ?? 0) - LEAD_IN_LINES);
  const excerpt = unreadable === undefined ? tail : raw.slice(from, from + LEAD_IN_LINES + EXCERPT_LINES);
  const died = (reason: string): Death => ({ kind: 'qemu-died', reason: `${reason}${said}`, excerpt });
  if (host.kind !== 'exited') return died('QEMU closed the channel to the guest');
  const how = host.signal ?? `exit code ${host.exitCode}`;
  return died(`QEMU died without a word from the guest (${how})`);
}
