import t from 'tap';
import { u32, u64 } from '../../scripts/guest/bytes.ts';
import { abiArguments, decodeExpected, decodeSeen } from './dtrace-context.ts';
import { REGISTER_FILE, REGISTER_FILES } from './registers.ts';

const head = [
  u64(3),
  u64(...REGISTER_FILE.names.map((_, index) => 100 + index)),
  u64(...Array.from({ length: 12 }, (_, index) => 200 + index)),
];

t.test('what the DTRACE program saw', async (t) => {
  const seen = decodeSeen(
    Buffer.concat([
      ...head,
      u64(0xffff888000000000n, 8),
      u32(...Array.from({ length: 12 }, (_, index) => 300 + index)),
      u32(41, 42),
      u64(77),
    ]),
  );
  t.match(seen, {
    fired: 3n,
    task: 0xffff888000000000n,
    state: 8n,
    kind: 300,
    ecb_id: 301,
    probe_id: 302,
    prio: 303,
    cpu: 304,
    tid: 305,
    pid: 306,
    ppid: 307,
  });
  t.match(seen, { uid: 308, gid: 309, euid: 310, egid: 311, task_pid: 41, task_tgid: 42, retval: 77n });
  t.equal(seen.regs['r15'], 100n);
  t.equal(seen.regs['ss'], 120n);
  t.equal(seen.argv[11], 211n);
});

t.test('what the caller saw', async (t) => {
  const expected = decodeExpected(Buffer.concat([...head, u64(7), u32(12, 11), u32(1000, 1001), u64(1, 99)]));
  t.match(expected, { current: 7n, tid: 12, pid: 11, uid: 1000, gid: 1001, cpu: 1, ctx: 99n });
});

t.test('arguments come in the order of the ABI', async (t) => {
  t.same(abiArguments(decodeSeen(Buffer.concat([...head, new Uint8Array(88)])).regs), [
    114n,
    113n,
    112n,
    111n,
    109n,
    108n,
  ]);
});

t.test('registers have one place each, and what is said of some is said of registers', async (t) => {
  for (const [arch, file] of Object.entries(REGISTER_FILES)) {
    t.equal(new Set(file.names).size, arch === 'arm64' ? 34 : 21, arch);
    const named = [...file.args, ...file.saved, file.ip, file.sp, file.result, file.constant[0], file.flags];
    t.same(
      named.filter((name) => !file.names.includes(name)),
      [],
      arch,
    );
    t.equal(file.args.length, 6, `${arch}: as many as argv[] has of a function`);
  }
});
