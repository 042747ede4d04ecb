/** Records are compared by bytes, but for what cannot be the same. */
import t from 'tap';
import { comm, dataOf, lost, printed, record, sample } from '../testing/perf-data.ts';
import type { Read } from './client.ts';
import { LOSING, MASKS, recordsOf } from './perf-data.ts';
import { readBytes, readLosingBytes } from './perf.ts';

const texts = (...records: readonly Uint8Array[]): string[] => recordsOf(dataOf(records));
const names = (read: readonly Read[]): string[] => read.map(({ name }) => name);

/** Bytes of sample() whose change is not seen. */
function unseenOf(whole: Uint8Array): number[] {
  const before = texts(whole);
  const changes = (at: number): boolean =>
    texts(whole.map((byte, i) => (i === at ? byte ^ 0x41 : byte)))[0] !== before[0];
  // the size of the record is what places the next one
  return [...whole.keys()].filter((at) => at !== 6 && at !== 7 && !changes(at));
}

t.test('a changed byte is seen, unless it is in a field that is masked', async (t) => {
  const range = (from: number, bytes: number): number[] => Array.from({ length: bytes }, (_, i) => from + i);
  // ip, pid and tid, time; common_pid, the hole, buf
  t.strictSame(unseenOf(sample()), [...range(16, 24), ...range(64, 4), ...range(72, 4), ...range(84, 8)]);
  // pid and tid; pid, tid and time behind the name
  t.strictSame(unseenOf(comm('dd')), [...range(8, 8), ...range(24, 16)]);
  for (const reason of Object.values(MASKS)) t.match(reason, /\S{2} \S/);
});

t.test('another boot: the same records at other times, of other processes, at other addresses', async (t) => {
  const other = { ip: 0xffffffff9abcdef0n, pid: 301, time: 5_000_000, buf: 0x5555_0000_1000n };
  t.strictSame(texts(comm('dd', other), sample(other)), texts(comm('dd'), sample()));
  t.notSame(texts(sample({ count: 2 })), texts(sample()));
  t.match(
    texts(sample())[0],
    /^09000000\w+ <event 0> <address> <task> <time> 0{16} 01/,
    'with names for what is masked',
  );
});

t.test('that the CPU is wanted is a matter of the moment, other flags are not', async (t) => {
  const flagged = (flags: number): string[] => texts(sample().map((byte, at) => (at === 62 ? flags : byte)));
  t.strictSame(flagged(0x02 | 0x04 | 0x20), flagged(0));
  for (const flag of [0x01, 0x08, 0x10, 0x40, 0x80]) t.notSame(flagged(flag), flagged(0));
});

t.test('a record more or fewer is seen, and another order', async (t) => {
  const read = (...records: readonly Uint8Array[]): string[] => names(readBytes(printed(records)));
  const [one, two] = [sample(), sample({ count: 2 })];
  const before = read(comm('dd'), one, two, one);
  t.match(before, ['records can be read', /^1 times 03/, /^2 times 09/, /^1 times 09/, /^order: 4 lines/]);
  t.strictSame(read(comm('dd', { pid: 9 }), one, two, one), before);
  t.notSame(read(comm('dd'), one, two, one, one), before, 'one more');
  t.notSame(read(comm('dd'), one, two), before, 'one fewer');
  t.notSame(read(comm('dd'), one, one, two), before, 'in another order');
  t.notSame(read(comm('dd'), one, two, one, lost(1)), before, 'a loss');
});

t.test('where some are lost, which and how many is not compared, and each kind of them is', async (t) => {
  const read = (...records: readonly Uint8Array[]): string[] => names(readLosingBytes(printed(records)));
  const before = read(comm('dd'), sample(), lost(5), sample());
  t.equal(before.length, 3);
  t.strictSame(read(sample(), sample(), sample(), lost(7)), before);
  t.notSame(read(sample(), sample()), before, 'no loss');
  t.notSame(read(sample(), sample({ count: 2 }), lost(5)), before, 'another sample');
  const cpu1 = sample().map((byte, at) => (at === 40 ? 1 : byte));
  t.strictSame(recordsOf(dataOf([cpu1]), LOSING), recordsOf(dataOf([sample()]), LOSING));
  t.notSame(texts(cpu1), texts(sample()), 'where nothing is lost, the CPU is compared');
});

t.test("what perf says itself is not the kernel's", async (t) => {
  const none = new Uint8Array(8).fill(0xff);
  t.strictSame(
    texts(record(68), record(1, none), record(10, none), record(13, new Uint8Array(8)), sample()),
    texts(sample()),
  );
});

t.test('what cannot be read is a failure', async (t) => {
  const rows: [what: string, text: string, why: RegExp][] = [
    ['nothing', '', /./],
    ['no file', `\n== data\n${Buffer.from('x').toString('base64')}`, /./],
    ['no records', printed([]), /there are none/],
    ['a record of a type that is not known', printed([record(5, new Uint8Array(8))]), /type 5 is not known/],
    ['a record that is too short', printed([record(9, new Uint8Array(8))]), /too short/],
    ['a record behind the end', printed([sample().subarray(0, 80)]), /a record of \d+ bytes at/],
  ];
  for (const [what, text, why] of rows)
    for (const read of [readBytes, readLosingBytes]) t.match(read(text), [{ status: 'failed', why }], what);
  t.throws(() => recordsOf(dataOf([sample()], 1 << 5)), /fields that are not known/);
});
