/**
 * Tail calls within one type cost what they did: the translated programs are those of the kernel without the series,
 * byte by byte (the series does not touch any JIT, so the machine code follows). What that kernel makes of them is in
 * golden/same-type-unchanged.json, written by this same file on a kernel of the base (see golden/README.md).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { BpfProgram, Guest } from '../scripts/guest/client.ts';
import { listing, withoutMapIds } from './tables/xlated.ts';

const GOLDEN = new URL('./golden/same-type-unchanged.json', import.meta.url);
const WRITE = process.env['WRITE_GOLDEN'] === '1';
const PROGRAMS = ['kprobe_constant', 'kprobe_variable', 'kprobe_subprogram', 'tc_constant', 'tc_variable'] as const;

interface Golden {
  readonly kernel: string;
  readonly programs: Readonly<Record<string, readonly string[]>>;
}

async function translation(program: BpfProgram): Promise<string[]> {
  return listing(withoutMapIds((await program.info()).xlated));
}

async function translations(guest: Guest): Promise<Record<string, string[]>> {
  const out: Record<string, string[]> = {};
  for (const mode of ['jit', 'interpreter'] as const) {
    await guest.sysctl('net.core.bpf_jit_enable', mode === 'jit' ? 1 : 0);
    const names = PROGRAMS.filter((name) => mode === 'jit' || name !== 'kprobe_subprogram');
    const object = await guest.load('same-type-unchanged', { only: names });
    for (const name of names) out[`${name} [${mode}]`] = await translation(object.program(name));
  }
  return out;
}

guestTest(
  'C22: the translated program of a tail call within a type is that of the unpatched kernel',
  async (t, guest) => {
    const programs = await translations(guest);
    if (WRITE) {
      writeFileSync(GOLDEN, `${JSON.stringify({ kernel: guest.facts.hello.release, programs }, null, 1)}\n`);
      t.pass('written');
      return;
    }
    const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
    t.same(Object.keys(programs).sort(), Object.keys(golden.programs).sort(), 'the same programs');
    for (const [name, expected] of Object.entries(golden.programs)) {
      t.same(programs[name], expected, `${name}: ${expected.length} instructions`);
    }
  },
);

guestTest('a typed array of the own type adds nothing either', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const typed = await guest.load('same-type-unchanged', {
    only: PROGRAMS,
    maps: {
      kprobes: { mapExtra: BigInt(guest.progType('kprobe')) },
      classifiers: { mapExtra: BigInt(guest.progType('sched_cls')) },
    },
  });
  const untyped = await guest.load('same-type-unchanged', { only: PROGRAMS });
  for (const name of PROGRAMS) {
    t.same(await translation(typed.program(name)), await translation(untyped.program(name)), name);
    t.equal(
      (await typed.program(name).info()).jitedLen,
      (await untyped.program(name).info()).jitedLen,
      `${name}: bytes of machine code`,
    );
  }
});
