/** Which guests the topics of mutations get. */
import { basename } from 'node:path';
import t from 'tap';
import type { AccelChoice, giveUpKvm } from '../../scripts/host/accelerator.ts';
import { WorkbenchError } from '../../scripts/lib/errors.ts';
import { silentLog } from '../../scripts/lib/log.ts';
import { guestsByKind, runMutations, type Opened } from './drive.ts';
import { mutation, stage, tested, topicOf } from './fixture.ts';
import { scripted, type Scripted } from './scripted.ts';

const TCG: AccelChoice = { accel: 'tcg', reason: '' };
const KVM: AccelChoice = { accel: 'kvm', reason: 'it spoke' };

t.test('a guest for the topics that run in turn and one for the others, each opened when it is needed', async (t) => {
  const log: string[] = [];
  const open = async (_: AccelChoice, inTurn: boolean): Promise<Opened> => {
    log.push(`open ${inTurn ? 'in turn' : 'parallel'}`);
    if (broken && !inTurn) throw new WorkbenchError('E_BOOT', 'does not boot');
    return {
      ...(await scripted().for('')),
      close: async () => void log.push(`close ${inTurn ? 'in turn' : 'parallel'}`),
    };
  };
  let broken = false;
  const guests = guestsByKind(TCG, silentLog, open);
  const [first, second, other] = [
    await guests.for('tail-call'),
    await guests.for('defects'),
    await guests.for('buffer-race'),
  ];
  t.equal(first, second);
  t.not(first, other);
  t.equal(await guests.for('buffer-order'), other);
  await guests.close();
  t.strictSame(log.splice(0), ['open in turn', 'open parallel', 'close in turn', 'close parallel']);
  const quick = guestsByKind(KVM, silentLog, open);
  t.equal(await quick.for('tail-call'), await quick.for('buffer-race'));
  t.strictSame(log.splice(0), ['open parallel'], 'with KVM there is one kind');
  broken = true;
  const failing = guestsByKind(TCG, silentLog, open);
  await failing.for('tail-call');
  await t.rejects(failing.for('buffer-race'), { code: 'E_BOOT' });
  await failing.close();
  t.strictSame(
    log,
    ['open in turn', 'open parallel', 'close in turn'],
    'what was opened is closed, whatever became of the other',
  );
});

t.test(
  'mutations whose guest is not to be had under KVM: in emulation, by kind, and what was found before is forgotten',
  async (t) => {
    const log: string[] = [];
    const open = async ({ accel }: AccelChoice, inTurn: boolean): Promise<Opened> => {
      log.push(`${accel} ${inTurn ? 'in turn' : 'parallel'}`);
      const { session } = scripted();
      const opened = {
        session,
        server: { path: '' },
        close: async () => void log.push(`close ${accel}`),
      } as unknown as Opened;
      if (accel === 'kvm') kvm = session;
      return opened;
    };
    let kvm: Scripted['session'] | undefined;
    const giveUp: typeof giveUpKvm = (choice, seen) => (
      log.push(`given up: ${seen}, ${choice.reason}`), { choice: TCG, learn: () => void log.push('learned') }
    );
    const guests = guestsByKind(KVM, silentLog, open, giveUp);
    const ran: string[] = [];
    const found = await runMutations(
      stage(t.testdir({})),
      guests,
      [mutation(1, 'a')],
      () => undefined,
      async ({ topic, log: file }) => {
        ran.push(basename(file, '.tap'));
        const stops = ran.length === 2 && kvm !== undefined;
        if (stops && kvm !== undefined) kvm.kvmTrouble = 'it stopped';
        return topicOf(topic, [tested('one', stops ? 'failed' : 'passed')]);
      },
    );
    t.strictSame(ran, ['0-a', '1-a', '1-a']);
    t.strictSame(
      found.map((one) => one.caught.length),
      [0, 0],
      'a guest that KVM lost caught nothing',
    );
    t.strictSame(log, [
      'kvm parallel',
      'given up: it stopped, it spoke',
      'tcg in turn',
      'learned',
      'close kvm',
      'close tcg',
    ]);
  },
);
