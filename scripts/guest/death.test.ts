import t from 'tap';
import { classifyDeath, type DeathKind, type HostView } from './death.ts';

const EXITED: HostView = { kind: 'exited', exitCode: 255, signal: null };
const CLOSED: HostView = { kind: 'channel-closed' };

const ROWS: readonly { says: string; lines: readonly string[]; host: HostView; kind: DeathKind; reason: RegExp }[] = [
  {
    says: 'a panic',
    lines: ['x', '[ 1.0] Kernel panic - not syncing: sysrq triggered crash'],
    host: EXITED,
    kind: 'panic',
    reason: /panicked: .*sysrq/,
  },
  {
    says: 'an oops, also when a panic follows',
    kind: 'oops',
    host: CLOSED,
    reason: /oopsed: BUG: kernel NULL/,
    lines: [
      '[ 1.0] BUG: kernel NULL pointer dereference, address: 0',
      '[ 1.1] Oops: 0002 [#1]',
      '[ 1.2] Kernel panic - not syncing: Fatal exception',
    ],
  },
  {
    says: 'a spent budget, whatever the kicked kernel said then',
    lines: ['Kernel panic - not syncing: NMI'],
    host: { kind: 'budget', what: 'test "x"', ms: 8_000 },
    kind: 'hang',
    reason: /test "x" took longer than 8 s/,
  },
  {
    says: 'a spent budget of a guest that could not be kicked',
    lines: [],
    host: { kind: 'budget', what: 'the boot', ms: 500, mute: 'no monitor' },
    kind: 'hang',
    reason: /the boot took longer than 0\.5 s, and it could not be made to say where: no monitor$/,
  },
  {
    says: 'an agent that ended',
    lines: ['[ 1.0] dtrace-selftest: agent ended with 137'],
    host: CLOSED,
    kind: 'agent-died',
    reason: /ended with 137/,
  },
  {
    says: 'an agent that ended, and a guest that panicked for it',
    lines: [
      '[ 1.0] dtrace-selftest: agent ended with 137',
      '[ 2.0] sysrq: Power Off',
      '[ 2.1] Kernel panic - not syncing: Attempted to kill init!',
    ],
    host: CLOSED,
    kind: 'agent-died',
    reason: /ended with 137/,
  },
  {
    says: 'an agent that a panic took along',
    lines: ['[ 1.0] Kernel panic - not syncing: x', '[ 1.1] dtrace-selftest: agent ended with 137'],
    host: CLOSED,
    kind: 'panic',
    reason: /panicked/,
  },
  { says: 'a power-off', lines: ['[ 1.0] reboot: Power down'], host: EXITED, kind: 'poweroff', reason: /powered off/ },
  { says: 'a restart', lines: ['[ 1.0] reboot: Restarting system'], host: EXITED, kind: 'reboot', reason: /rebooted/ },
  { says: 'a reset by sysrq', lines: ['[ 1.0] sysrq: Resetting'], host: EXITED, kind: 'reboot', reason: /rebooted/ },
  {
    says: 'a second banner',
    lines: ['[ 0.0] Linux version 6', 'y', '[ 0.0] Linux version 6'],
    host: CLOSED,
    kind: 'reboot',
    reason: /second boot banner/,
  },
  {
    says: 'QEMU killed',
    lines: ['nothing'],
    host: { kind: 'exited', exitCode: null, signal: 'SIGKILL' },
    kind: 'qemu-died',
    reason: /SIGKILL/,
  },
  { says: 'the channel closed with no word', lines: [], host: CLOSED, kind: 'qemu-died', reason: /closed the channel/ },
  {
    says: 'QEMU ended, and the console has two writers at once',
    lines: ['[ 1.000000] Kersntaerl tpianngi cu -d enov td synci', 'sn:g Atotetvempded to kill init!'],
    host: EXITED,
    kind: 'qemu-died',
    reason: /\(exit code 255\); its console cannot be read: the letters of two writers are mixed$/,
  },
  {
    says: 'a power-off that it was told to do',
    lines: ['[ 1.0] sysrq: Power Off', '[ 1.1] reboot: Power down'],
    host: { kind: 'told-to-end' },
    kind: 'stopped',
    reason: /powered off by the harness/,
  },
  {
    says: 'a panic while it powers off',
    lines: ['[ 1.0] sysrq: Power Off', '[ 1.1] Kernel panic - not syncing: x'],
    host: { kind: 'told-to-end' },
    kind: 'panic',
    reason: /panicked/,
  },
  {
    says: 'our own doing',
    lines: ['Kernel panic - not syncing: late'],
    host: { kind: 'stopped' },
    kind: 'stopped',
    reason: /by the harness/,
  },
];

for (const { says, lines, host, kind, reason } of ROWS) {
  t.test(says, async (t) => {
    t.match(classifyDeath(lines, host), { kind, reason });
  });
}

t.test('the excerpt begins a little before the first cause', async (t) => {
  const lines = [...Array.from({ length: 50 }, (_, i) => `line ${i}`), 'Kernel panic - not syncing: x', 'trace'];
  const { excerpt } = classifyDeath(lines, EXITED);
  t.equal(excerpt[0], 'line 40');
  t.equal(excerpt.at(-1), 'trace');
});
