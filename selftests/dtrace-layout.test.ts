/** The context can grow: programs do not mind fields that they do not know, and the kernel does not mind theirs. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { readU32, readU64, u32, u64 } from '../scripts/guest/client.ts';

const ECB_ID = 0xec;

guestTestBothModes('programs of older and newer headers run', {}, async (t, guest) => {
  const programs = ['compiled_with_fewer', 'compiled_with_more', 'asks_before_it_reads'];
  const object = await guest.load('dtrace-layout', { only: programs });
  const sizes = await object.map('.rodata.sizes').get(0);
  const [smaller, now, larger] = [0, 4, 8].map((at) => readU32(sizes, at)) as [number, number, number];
  t.ok(smaller < now && now < larger, `${smaller}, ${now} and ${larger} bytes`);
  for (const program of programs)
    for (const size of [smaller, now, larger]) {
      await object.map('.data.seen').update(0, new Uint8Array(24));
      const ctxIn = Buffer.concat([u32(ECB_ID), new Uint8Array(size - 4)]);
      const what = `${program}, a context of ${size} bytes`;
      const { retval, ctxOut } = await object.program(program).testRun({ ctxIn, ctxSizeOut: larger });
      t.equal(retval, ECB_ID, what);
      t.equal(readU32(ctxOut), ECB_ID, `${what}: comes back`);
      t.equal(readU64(await object.map('.data.seen').get(0)), BigInt(guest.facts.hello.agentPid), `${what}: tid`);
      if (program === 'asks_before_it_reads')
        t.equal(readU64(await object.map('.data.seen').get(0), 16), 1n, `${what}: the field is not there`);
    }
  t.match(
    await object.program('compiled_with_more').tryTestRun({
      ctxIn: Buffer.concat([new Uint8Array(now), u64(1n), u64(0n)]).subarray(0, larger),
    }),
    { ok: false, code: 'E2BIG' },
    'a value for a field that is not there',
  );
});

guestTest('a program that reads a field that is not there is refused', async (t, guest) => {
  const object = await guest.load('dtrace-layout', { only: ['compiled_with_more'] });
  const sizes = await object.map('.rodata.sizes').get(0);
  t.match(await guest.tryLoad('dtrace-layout', { only: ['reads_what_comes_later'] }), {
    ok: false,
    code: 'EACCES',
    program: 'reads_what_comes_later',
    log: new RegExp(`invalid bpf_context access off=${readU32(sizes, 4) + 8} size=4`),
  });
});
