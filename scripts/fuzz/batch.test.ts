import t from 'tap';
import { decodeBatch } from '../testing/fuzz.ts';
import { decodeAnswer, encodeBatch, interpretable } from './batch.ts';
import { btfFor } from './btf.ts';
import { compile } from './compile.ts';
import { expectedOfAll, forKernel } from './expected.ts';
import { generate } from './generate.ts';
import { HELPERS } from './interface.ts';
import { seedOf } from './random.ts';
import { NEWEST } from './rules.ts';

const known = forKernel(NEWEST);
const codes = Array.from({ length: 40 }, (_, i) => compile(generate(seedOf(5, i)), HELPERS));

t.test('what is put into a batch comes out of it', async (t) => {
  const entries = codes.map((code, i) => ({ code, expected: expectedOfAll(known, code), loadOnly: i % 2 === 0 }));
  const sent = decodeBatch(encodeBatch(known, entries));
  t.same(
    sent.map(({ code }) => code),
    codes.map((code) => ({ ...code, insns: [...code.insns] })),
  );
  t.same(
    sent.map(({ loadOnly }) => loadOnly),
    entries.map(({ loadOnly }) => loadOnly),
  );
});

t.test('the interpreter has no tail calls in functions, and no callbacks', async (t) => {
  const of = (code: (typeof codes)[number]): boolean => interpretable(code, HELPERS.tail_call);
  t.ok(codes.some(of));
  t.notOk(codes.filter(of).some(({ funcs }) => funcs.some(({ kind }) => kind === 'callback')));
});

t.test('type information is of the size that its header says', async (t) => {
  for (const type of ['dtrace', 'raw_tp'] as const) {
    const bytes = btfFor(type);
    const [header, from, types, text, strings] = [4, 8, 12, 16, 20].map((at) => bytes.readUInt32LE(at));
    t.equal(bytes.readUInt16LE(0), 0xeb9f);
    t.same([header, from, text], [24, 0, types]);
    t.equal(bytes.length, 24 + (types ?? 0) + (strings ?? 0));
    t.equal(bytes.at(24 + (types ?? 0)), 0, 'the first string is empty');
  }
});

t.test('an answer is for all programs, or none', async (t) => {
  const text = [
    'SEEN jit 1 ring 2 head 24 bytes 00',
    'LOG 0 R1 !read_ok',
    'LOG 0 processed',
    'STATUS RLO',
    'INTERPRETED 1',
    'END',
    '',
  ];
  const answer = decodeAnswer(text.join('\n'), 3);
  t.same(answer.loaded, ['refused', 'loaded', 'odd']);
  t.same(answer.seen, [{ mode: 'jit', program: 1, what: 'ring', scenario: 2, text: 'head 24 bytes 00' }]);
  t.equal(answer.logs.get(0), 'R1 !read_ok\nprocessed\n');
  t.throws(() => decodeAnswer(text.join('\n'), 4), /answered for 3 of 4/);
  t.throws(() => decodeAnswer(text.slice(0, 5).join('\n'), 3), /answered/);
});
