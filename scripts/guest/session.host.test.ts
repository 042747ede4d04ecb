/**
 * A session whose guests are not to be had under KVM: stand-ins for vng and QEMU go wrong in every way that was seen.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t, { type Test } from 'tap';
import { silentLog } from '../lib/log.ts';
import { scriptedGuest } from '../testing/scripted-guest.ts';
import { Session, type SessionOptions } from './session.ts';

/** More than the stand-ins need to begin, with a disk that is busy. */
const BUDGETS = { bootMs: 8_000, silenceMs: 3_000, shutdownMs: 50, slowness: 1 };
/** Where something else has to end it, however busy the machine is. */
const PATIENT = { ...BUDGETS, bootMs: 120_000, silenceMs: 120_000 };
const { signal } = new AbortController();

/** A letter for each time that vng was started. */
const boots = (t: Test): string => readFileSync(join(t.testdirName, 'runs'), 'utf8');

/** A session that boots `vng`, a script of Node's; `connected` connects to the agent's socket, as QEMU does. */
function sessionWith(t: Test, vng: string, more: Partial<SessionOptions> = {}): Session {
  const dir = t.testdir({});
  mkdirSync(join(dir, 'bin'));
  writeFileSync(
    join(dir, 'bin/vng'),
    `#!${process.execPath}
appendFileSync(${JSON.stringify(join(dir, 'runs'))}, 'x');
const [, agent] = /path=(\\S+agent)/.exec(process.argv.join(' '));
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';
const connected = (then) => connect(agent).on('error', () => process.exit(3)).on('connect', then);
${vng}
`,
  );
  chmodSync(join(dir, 'bin/vng'), 0o755);
  const path = process.env['PATH'];
  process.env['PATH'] = [join(dir, 'bin'), path].join(delimiter);
  const session = new Session({
    spec: { bzImage: '/k', vmlinux: '/v', accel: 'kvm', cpus: 1, memoryMb: 1 },
    agent: { node: '', main: '', libbpf: '', nativeLib: '' },
    budgets: BUDGETS,
    facts: {} as never,
    dir,
    settleMs: 1,
    log: silentLog,
    signal,
    ...more,
  });
  t.teardown(async () => {
    process.env['PATH'] = path;
    await session.close();
  });
  return session;
}

const BANNER = "console.error('[    0.000000] Linux version 6.12.1 (a@b)');";
const FOREVER = 'setInterval(() => 0, 1000);';

const ROWS = [
  {
    says: 'firmware, and then nothing',
    vng: `console.error('SeaBIOS (version 1.16)'); ${FOREVER}`,
    seen: /a silent console for \d+ s while booting/,
    budgets: BUDGETS,
  },
  {
    says: 'a kernel that speaks, and then nothing',
    vng: `${BANNER} ${FOREVER}`,
    seen: /a silent console for \d+ s while booting/,
    budgets: BUDGETS,
  },
  {
    says: 'a kernel that speaks for ever, and never has an agent',
    vng: "setInterval(() => console.error('[ 1.0] still here'), 50);",
    seen: /no agent after \d+ s/,
    budgets: { ...BUDGETS, silenceMs: 120_000 },
  },
  {
    says: 'a kernel that speaks, and then the end of QEMU',
    vng: `${BANNER} process.exit(0);`,
    seen: /QEMU .* while booting/,
    budgets: PATIENT,
  },
  {
    says: 'a refusal',
    vng: "console.error('qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69'); process.abort();",
    seen: /QEMU .* while booting/,
    budgets: PATIENT,
  },
] as const;

for (const { says, vng, seen, budgets } of ROWS) {
  t.test(says, async (t) => {
    const session = sessionWith(t, `connected(() => { ${vng} });`, { budgets });
    await t.rejects(session.ready(), { code: 'E_BOOT', message: seen });
    t.match(session.kvmTrouble, seen);
    await t.rejects(session.begin({ name: 'next', seconds: 1, expectSplat: [] }), { code: 'E_BOOT' });
    t.equal(boots(t), 'x', 'and no other is tried');
  });
}

t.test('a QEMU that does nothing at all', async (t) => {
  const session = sessionWith(t, FOREVER);
  await t.rejects(session.ready(), { code: 'E_BOOT', message: /QEMU did nothing at all/ });
  t.match(session.kvmTrouble, /nothing at all/);
});

t.test("in emulation, or where KVM was asked for by name, it is the guest's own fault", async (t) => {
  for (const more of [
    { strict: true },
    { spec: { bzImage: '/k', vmlinux: '/v', accel: 'tcg', cpus: 1, memoryMb: 1 } },
  ] as const) {
    const session = sessionWith(t, `connected(() => { ${BANNER} process.exit(0); });`, more);
    await t.rejects(session.ready(), { code: 'E_BOOT' });
    t.equal(session.kvmTrouble, null);
  }
});

t.test('a second guest that does not come up, and one that KVM stops in the middle of a test', async (t) => {
  for (const [words, trouble] of [
    ['KVM internal error. Suberror: 1', /QEMU died/],
    ['[ 1.0] a word of the guest', null],
  ] as const) {
    const guest = await scriptedGuest((op) => (op === 'scope.begin' ? {} : undefined));
    t.teardown(() => guest.remove());
    const session = sessionWith(t, '', {
      boot: async () => ({ vm: guest.vm, hello: { release: '6.12', cpus: 1 } as never, bootMs: 1 }),
    });
    await session.begin({ name: 'dies', seconds: 30, expectSplat: [] });
    guest.say(words);
    guest.endQemu();
    t.match((await session.end()).problems, [{ kind: 'death' }]);
    if (trouble === null) t.equal(session.kvmTrouble, null);
    else t.match(session.kvmTrouble, trouble);
  }
});
