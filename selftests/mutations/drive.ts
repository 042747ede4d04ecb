/** One mutation after the other, each in the guests that its topics want. */
import { join } from 'node:path';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { runsInTurn } from '../../scripts/guest/machines.ts';
import { logFor, runFile } from '../../scripts/run/run-file.ts';
import type { TopicRecord } from '../../scripts/records/selftest.ts';
import type { Log } from '../../scripts/lib/log.ts';
import { givenTime } from '../../scripts/lib/given-time.ts';
import { giveUpKvm, type AccelChoice } from '../../scripts/host/accelerator.ts';
import { SESSION_VARIABLE, type Problem } from '../../scripts/guest/session-protocol.ts';
import type { SessionServer } from '../../scripts/guest/session-server.ts';
import type { Session } from '../../scripts/guest/session.ts';
import type { Caught, Found } from './report.ts';
import { controlFor, type Mutation } from './table.ts';
import { SWITCH } from './tree.ts';

const TOPIC_MS = 15 * 60_000;

/** A guest as far as a run of mutations uses one. */
export interface Driven {
  readonly session: Pick<Session, 'ready' | 'call' | 'endTopic' | 'boots' | 'kvmTrouble' | 'pids'>;
  readonly server: Pick<SessionServer, 'path'>;
}

export interface GuestSource {
  for(topic: string): Promise<Driven>;
  close(): Promise<void>;
}

export interface Opened extends Driven {
  readonly close: () => Promise<void>;
}

/**
 * A guest of each kind (see scripts/guest/machines.ts), opened when the first topic needs it, for all topics of that
 * kind. One that does not come up under KVM is none: from then on all are opened in emulation.
 */
export function guestsByKind(
  first: AccelChoice,
  log: Log,
  open: (choice: AccelChoice, inTurn: boolean) => Promise<Opened>,
  giveUp: typeof giveUpKvm = giveUpKvm,
): GuestSource {
  const opened = new Map<string, Promise<Opened>>();
  let accel = first;
  const source: GuestSource = {
    for: async (topic) => {
      const inTurn = runsInTurn(topic, accel.accel);
      const kind = `${accel.accel} ${inTurn}`;
      const guest = opened.get(kind) ?? open(accel, inTurn);
      opened.set(kind, guest);
      const { session } = await guest;
      await session.ready().catch((error: unknown) => {
        if (session.kvmTrouble === null) throw error;
      });
      if (session.kvmTrouble === null || accel.accel === 'tcg') return guest;
      const { choice, learn } = giveUp(accel, session.kvmTrouble, log);
      accel = choice;
      const next = await source.for(topic);
      learn();
      return next;
    },
    close: async () => {
      for (const result of await Promise.allSettled(opened.values()))
        if (result.status === 'fulfilled') await result.value.close();
    },
  };
  return source;
}

/** What a topic noticed: with its failed tests, and with the guest that it left behind. */
export function caughtIn(topic: string, { tests }: Pick<TopicRecord, 'tests'>, problems: readonly Problem[]): Caught[] {
  return [
    ...problems.map((problem) => ({ topic, test: 'leaves nothing behind', how: problem.message })),
    ...tests
      .filter((test) => test.status === 'failed')
      .map((test) => ({ topic, test: test.name, how: test.failures[0]?.message ?? '' })),
  ];
}

/** A guest that died is not asked further: the next one would have nothing broken. */
async function runMutation(
  ctx: StageContext,
  guests: GuestSource,
  mutation: Mutation,
  run: typeof runFile,
): Promise<Found> {
  const caught: Caught[] = [];
  let passed = 0;
  for (const topic of mutation.topics) {
    const { session, server } = await guests.for(topic);
    await session.ready();
    const boots = session.boots.length;
    const set = await session.call('file.write', { path: SWITCH, data: String(mutation.number) });
    if (!set.ok) throw new Error(`${SWITCH}: ${set.message}`);
    const record = await run({
      root: ctx.root,
      topic,
      file: join('selftests', `${topic}.test.ts`),
      log: logFor(ctx.run.dir, `${mutation.number}-${topic.replaceAll('/', '-')}`),
      env: { [SESSION_VARIABLE]: server.path },
      timeoutMs: TOPIC_MS,
      clock: givenTime(() => session.pids()),
      signal: ctx.signal,
    });
    const problems = await session.endTopic();
    // the next guest is another machine: what this one's topics found is nothing
    if (session.kvmTrouble !== null) return runMutation(ctx, guests, mutation, run);
    caught.push(...caughtIn(topic, record, problems));
    passed += record.tests.filter((test) => test.status === 'passed').length;
    if (session.boots.length !== boots || session.boots.at(-1)?.death != null) break;
  }
  return { mutation, passed, caught };
}

/**
 * The run that breaks nothing first; the guests are ended when it is over.
 * @param tell gets all that was found so far, each time there is more: a run of hours may be stopped
 * @param run a test has its own
 */
export async function runMutations(
  ctx: StageContext,
  guests: GuestSource,
  mutations: readonly Mutation[],
  tell: (found: readonly Found[]) => void,
  run: typeof runFile = runFile,
): Promise<Found[]> {
  const found: Found[] = [];
  try {
    for (const mutation of [controlFor(mutations), ...mutations]) {
      const one = await runMutation(ctx, guests, mutation, run);
      found.push(one);
      tell(found);
      const verdict =
        one.caught.length === 0
          ? 'nothing failed'
          : `${one.caught.length} failed: ${one.caught[0]?.topic}: ${one.caught[0]?.test}`;
      ctx.log({ kind: 'note', text: `${mutation.number} ${mutation.name}: ${one.passed} passed, ${verdict}` });
    }
  } finally {
    await guests.close();
  }
  return found;
}
