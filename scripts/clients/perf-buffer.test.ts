/** What libbpf's perf_buffer reads is compared by bytes, and a dump that says nothing is a failure. */
import t from 'tap';
import { gzipSync } from 'node:zlib';
import type { Read } from './client.ts';
import { patternByte, readDump, UNDETERMINED } from './perf-buffer-dump.ts';
import { PERF_BUFFER, readOutput } from './perf-buffer.ts';

const le = (bytes: 2 | 4 | 8, ...numbers: readonly (number | bigint)[]): Buffer =>
  Buffer.concat(
    numbers.map((number) => {
      const all = Buffer.alloc(8);
      all.writeBigUInt64LE(BigInt(number));
      return all.subarray(0, bytes);
    }),
  );

function record(type: number, ...parts: readonly Buffer[]): string {
  const body = Buffer.concat(parts);
  return Buffer.concat([le(4, type), le(2, 1, 8 + body.length), body]).toString('hex');
}

const data = (seed: number, size: number, padding = 0): Buffer =>
  Buffer.from([
    ...Array.from({ length: size }, (_, at) => patternByte(seed, at)),
    ...Array<number>(padding).fill(0x5a),
  ]);
const raw = (bytes: Buffer): Buffer[] => [le(4, bytes.length), bytes];

/** Write 1 has 5 bytes and 7 of padding, write 2 has 4 and none. */
function plain(middle: readonly string[] = []): string[] {
  return [
    'self 30 31',
    'samples raw 0x400',
    'event 0 77',
    'write 0 5 0 0',
    'write 0 4 0 0',
    `record 0 ${record(9, ...raw(data(1, 5, 7)))}`,
    ...middle,
    `record 0 ${record(9, ...raw(data(2, 4)))}`,
    'read 0',
    'ring 0 40 40 0011',
    'end 2',
  ];
}

const text = (lines: readonly string[]): string => lines.join('\n');
const read = (lines: readonly string[]): readonly string[] => readDump(text(lines)).lines;
const swapped = (lines: readonly string[], from: string, to: string): string[] =>
  lines.map((line) => line.replace(from, to));

t.test('a ring of data alone: padding and its memory are compared, too', async (t) => {
  const dump = readDump(text(plain()));
  t.match(dump, { samples: 2, lost: 0, wrong: '', wraps: [20] });
  t.equal(dump.lines[5], 'record 0 0900000001001800 0c000000 a7b4c1cedb 5a5a5a5a5a5a5a');
  t.notSame(read(swapped(plain(), '5a5a5a5a5a5a5a', '5a5a5a5a5a5a5b')), dump.lines, 'padding');
  t.notSame(read(swapped(plain(), ' 0011', ' 0012')), dump.lines, 'memory');
  t.notSame(read(swapped(plain(), '0900000001', '0900000002')), dump.lines, 'misc of a header');
  t.strictSame(read(swapped(plain(), 'self 30 31', 'self 40 41')), dump.lines, 'of another boot');
  t.strictSame(read(swapped(plain(), 'event 0 77', 'event 0 78')), dump.lines);
});

/** IP, TID, TIME, ID, CPU and RAW, and the trailer of a loss. */
function fields({ ip = 0xffffffff81000000n, pid = 30, time = 5n, id = 77, cpu = 0, padding = 7 } = {}): string[] {
  const task = le(4, pid, pid + 1);
  const trailer = [task, le(8, time, id, cpu)];
  return [
    `self ${pid} ${pid + 1}`,
    'samples raw 0x4c7',
    `event 0 ${id}`,
    'write 0 5 0 0',
    'write 0 4 0 -28',
    'write 0 4 0 0',
    `record 0 ${record(9, le(8, ip), task, le(8, time, id, cpu), ...raw(data(1, 5, padding)))}`,
    `record 0 ${record(2, le(8, id, 1), ...trailer)}`,
    `record 0 ${record(9, le(8, ip), task, le(8, time, id, cpu), ...raw(data(3, 4)))}`,
    'read 0',
    'ring 0 300 300 0011',
    'end 3',
  ];
}

t.test('more fields: what is not determined has its name, all else is compared', async (t) => {
  const one = readDump(text(fields()));
  t.match(one, { samples: 2, lost: 1, wrong: '' });
  t.match(one.lines[6], /^record 0 \w{16} <address> <self> <time> <event 0> 0{16} 0c000000 \w{10} <padding 7>$/);
  t.match(one.lines[7], /^record 0 02\w{14} <event 0> 0100000000000000 <self> <time> <event 0> 0{16}$/);
  t.strictSame(read(fields({ ip: 0xffffffff92000000n, pid: 90, time: 99n, id: 3 })), one.lines, 'another boot');
  t.strictSame(read(swapped(fields(), '5a5a5a5a5a5a5a', '5a5a5a5a5a5a5b')), one.lines);
  t.strictSame(read(swapped(fields(), ' 0011', ' 0012')), one.lines);
  t.notSame(read(fields({ cpu: 1 })), one.lines);
  t.notSame(read(fields({ ip: 0n })), one.lines, 'no address at all');
  t.notSame(read(swapped(fields(), 'self 30 31', 'self 30 32')), one.lines, 'of another task');
  t.notSame(read(swapped(fields(), 'event 0 77', 'event 0 78')), one.lines, 'of another event');
  for (const reason of Object.values(UNDETERMINED)) t.match(reason, /\S{2} \S/);
});

t.test('what contradicts the writes is told', async (t) => {
  const rows: [what: string, lines: string[], wrong: RegExp][] = [
    ['a record twice', plain([`record 0 ${record(9, ...raw(data(1, 5, 7)))}`]), /sample 2, of CPU 0, is not what/],
    ['a record that is not there', plain().filter((_, at) => at !== 6), /1 writes that were done are not read/],
    ['another order', plain().map((line, at, all) => all[at === 5 ? 6 : at === 6 ? 5 : at] ?? line), /sample 1/],
    ['another byte', swapped(plain(), data(2, 4).toString('hex'), '00000000'), /sample 2/],
    ['of another CPU', swapped(plain(), 'record 0', 'record 1'), /of CPU 1/],
    [
      'a loss that is not told',
      swapped(plain(['write 0 4 0 -28']), 'end 2', 'end 3'),
      /1 writes failed, and 0 are told/,
    ],
    ['a loss without one', plain(['lost 0 1']), /0 writes failed, and 1 are told/],
    ['other runs', swapped(plain(), 'end 2', 'end 3'), /2 writes, and the program ran 3 times/],
  ];
  for (const [what, lines, wrong] of rows) t.match(readDump(text(lines)).wrong, wrong, what);
});

const output = (lines: readonly string[], sum = 'a'.repeat(64)): string =>
  `\n== program\n${sum}  perf-buffer\n== dump\n${gzipSync(`${text(lines)}\n`).toString('base64')}`;
const bad = (results: readonly Read[]): string[] =>
  results.filter(({ status }) => status !== 'passed').map(({ name, why }) => `${name}: ${why}`);
const names = (results: readonly Read[]): string[] => results.map(({ name }) => name);

t.test('results: each line that a reader gave, and all of them as one', async (t) => {
  const results = readOutput(output(plain()), () => []);
  t.strictSame(bad(results), []);
  t.match(names(results).at(-1), /^order: 10 lines, /);
  t.ok(names(results).includes('8. read 0'));
  t.notSame(names(readOutput(output(plain(), 'b'.repeat(64)), () => [])), names(results), 'another program');
  t.notSame(names(readOutput(output(swapped(plain(), 'read 0', 'read -5')), () => [])), names(results));
  const long = [...plain().slice(0, -1), `ring 1 0 0 ${'ab'.repeat(4000)}`, 'end 2'];
  t.ok(names(readOutput(output(long), () => [])).every((name) => name.length < 500));
});

t.test('what cannot be read is a failure', async (t) => {
  const rows: [what: string, output: string, why: RegExp][] = [
    ['nothing', '', /records can be read/],
    ['an empty dump', output([]), /it has no end/],
    ['no records', output(['self 1 1', 'samples raw 0x400', 'end 0']), /there are none/],
    ['an end in the middle', output(plain().slice(0, -1)), /it has no end/],
    ['no program', output(plain(), ''), /was compiled/],
    ['a line that is not known', output(plain(['what 1'])), /what is what 1/],
    ['a record that is not known', output(plain([`record 0 ${record(5)}`])), /type 5 is not known/],
    ['a record that is too short', output(plain([`record 0 ${record(9)}`])), /too short/],
    ['a record that is too long', output(plain([`record 0 ${record(9, le(4, 0), le(8, 0))}`])), /8 bytes too many/],
    ['fields that are not known', output(swapped(plain(), '0x400', '0x420')), /fields that are not known/],
  ];
  for (const [what, said, why] of rows) t.match(bad(readOutput(said, () => [])), [why], what);
});

t.test('each client fails where its ring was not used as it is meant to be', async (t) => {
  const once = output(plain());
  const lost = output(fields());
  for (const { name, read: of } of PERF_BUFFER) {
    const found = [bad(of(once)), bad(of(lost)), bad(of(''))];
    t.ok(
      found.slice(0, 2).some((why) => why.length > 0),
      `${name}: one of a quiet and a losing dump is not good`,
    );
    t.equal(found[2]?.length, 1, name);
  }
});
