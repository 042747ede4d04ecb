/** A guest that mutations are tried in, for the tests of this directory: it notes what it is asked. */
import { basename } from 'node:path';
import type { Death } from '../../scripts/guest/death.ts';
import type { Driven, GuestSource } from './drive.ts';

export interface Scripted extends GuestSource {
  /** What was asked of the guest and of the topics, in order. */
  readonly asked: string[];
  readonly session: { kvmTrouble: string | null; boots: { console: string; ms: number; death: Death | null }[] };
  closed: number;
}

/** One guest for all topics. */
export function scripted(refuse = false): Scripted {
  const asked: string[] = [];
  const boots: Scripted['session']['boots'] = [];
  const session = {
    kvmTrouble: null,
    pids: () => [],
    boots,
    ready: async () => {
      if (boots.at(-1)?.death === null) return;
      boots.push({ console: '', ms: 1, death: null });
      asked.push(`boot ${boots.length}`);
    },
    call: async (op: string, { path, data }: { path: string; data: string }) => {
      asked.push(`${op} ${basename(path)}=${data}`);
      return refuse ? { ok: false, message: 'no such file' } : { ok: true };
    },
    endTopic: async () => [],
  };
  const guests: Scripted = {
    asked,
    session,
    closed: 0,
    for: async () => ({ session, server: { path: '/session' } }) as unknown as Driven,
    close: async () => {
      guests.closed += 1;
    },
  };
  return guests;
}
