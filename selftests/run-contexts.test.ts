/**
 * What the series costs whoever does not use it: nothing, in the stack of what runs programs and in rings and events.
 */
import { join } from 'node:path';
import { guestTest, onlyOn } from '../scripts/guest/guest-test.ts';
import { readU64, type Guest } from '../scripts/guest/client.ts';
import { byBase } from './tables/by-base.ts';
import { frameOf, ON_THE_BASE, startsOf, STRUCTURES } from './tables/run-contexts.ts';

/** More than any of the functions has. */
const FUNCTION_BYTES = 4096n;
/** Other configurations have other frames. */
const MEASURED = 'default';

const onX86 = onlyOn(
  'x86_64',
  'frames are what the compiler and the ABI of x86 make of them: the base was measured there',
);
const needs = ({ facts }: Guest): string | null =>
  onX86() ?? (facts.config === MEASURED ? null : `the base was measured in the configuration ${MEASURED}`);

guestTest('run contexts, rings and events have the size that they have on the base', { needs }, async (t, guest) => {
  const { sizes } = byBase(guest.facts.hello.release, ON_THE_BASE);
  const object = await guest.load('run-contexts');
  t.equal((await object.program('measure').testRun()).retval, STRUCTURES.length);
  const found = await object.map('.data.sizes').get(0);
  t.same(Object.fromEntries(STRUCTURES.map((name, index) => [name, Number(readU64(found, 8 * index))])), sizes);
});

guestTest('what runs programs has the frame that it has on the base', { needs, seconds: 60 }, async (t, guest) => {
  const { frames } = byBase(guest.facts.hello.release, ON_THE_BASE);
  const names = Object.keys(frames);
  const build = join(guest.facts.progs, '../..');
  const symbols = await guest.exec(['grep', '-wE', names.join('|'), `${build}/System.map`]);
  const script = startsOf(names, symbols.stdout)
    .map(
      ({ name, start }) =>
        `objdump -d --start-address=${start} --stop-address=${start + FUNCTION_BYTES} ${build}/vmlinux |
          perl ${build}/source/scripts/checkstack.pl x86_64 0 | grep ' ${name} '`,
    )
    .join('\n');
  const { stdout, stderr } = await guest.exec(['sh', '-c', script], { timeoutMs: 300_000 });
  const found = Object.fromEntries(names.map((name) => [name, frameOf(name, stdout)]));
  t.same(found, frames, stderr);
});
