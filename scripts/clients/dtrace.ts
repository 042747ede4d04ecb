/** DTrace: a part of its own test suite, by what it touches. Pure. */
import type { KernelTest } from '../records/regress.ts';
import { check, type Client, type Read } from './client.ts';

/** By the directory of the suite; without `tst.` and the like they would be ambiguous. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  // the buffers that records go through, and what is said when they are too small
  buffering: ['err.end.d', 'tst.dynvarsize.d', 'tst.smallring.d', 'tst.switch1.d'],
  drops: [
    'drp.DTRACEDROP_AGGREGATION.d',
    'drp.DTRACEDROP_DYNAMIC.d',
    'drp.DTRACEDROP_PRINCIPAL.d',
    'drp.DTRACEDROP_PRINCIPAL.end.d',
    'drp.DTRACEDROP_SPEC.d',
    'drp.DTRACEDROP_SPECUNAVAIL.d',
  ],
  speculation: ['tst.SpeculationCommit.d', 'tst.SpeculationDiscard.d', 'tst.TwoSpecBuffers.d'],
  // data of records
  printf: ['tst.basics.d', 'tst.ints.d', 'tst.stack.d', 'tst.str.d', 'tst.sym.d'],
  aggs: ['tst.aggpercpu.sh', 'tst.count.d', 'tst.lquantize.d', 'tst.multicpus.sh', 'tst.quantize.d', 'tst.stack.d'],
  // where programs are called from
  'profile-n': ['tst.args_kernel.sh', 'tst.func.sh', 'tst.profilehz.d', 'tst.profilems.d'],
  'tick-n': ['tst.tickms.d', 'tst.ticks.d'],
  sched: ['tst.enqueue.d', 'tst.oncpu.d', 'tst.stackdepth.d'],
  syscall: ['tst.args.d', 'tst.entry.d', 'tst.openret.sh', 'tst.return_args.d'],
  fbtprovider: ['tst.entry.d', 'tst.entryargs2.sh', 'tst.functionentry.d', 'tst.return.d', 'tst.return1.d'],
  stack: ['tst.stack.d', 'tst.stack_fbt.sh'],
  usdt: ['tst.args.d', 'tst.enabled.sh', 'tst.forker.sh', 'tst.multiple.sh'],
};

/** The suite's own is for processors that are not emulated. */
const TEST_SECONDS = 120;
/** For the list of probes, which is asked for first. */
const START_SECONDS = 120;

const RESULT = /^test\/unittest\/(\S+): (X?PASS|X?FAIL|SKIP)\b[:. ]*(.*)$/gm;
const STATUS: Readonly<Record<string, KernelTest['status']>> = {
  PASS: 'passed',
  XPASS: 'passed',
  // the suite itself expects it
  XFAIL: 'skipped',
  SKIP: 'skipped',
  FAIL: 'failed',
};

/** @param names paths below test/unittest, all of which have to have a result */
export function readSuite(text: string, names: readonly string[]): Read[] {
  const results = new Map(
    [...text.matchAll(RESULT)].map(([, name = '', word = '', why = '']): [string, Read] => {
      const status = STATUS[word] ?? 'failed';
      return [name, { name, status, why: status === 'passed' ? '' : `${word} ${why}`.trim() }];
    }),
  );
  return names.map((name) => results.get(name) ?? check(name, false, `no result: ${text.slice(-300)}`));
}

/**
 * Once a guest. io.d of 2.0.7 names a member of buffer_head that is gone on 7.3 (b_end_io), and DTrace starts with no
 * library if one of them does not fit: then the guest root, in memory, is without it. The daemon of probes in programs
 * is what systemd starts on a machine.
 */
const START = [
  "dtrace -e -n BEGIN 2>&1 | grep -q '/io.d' && rm /usr/lib/*/dtrace/*/io.d",
  'mkdir -p /run/dtrace',
  'dtprobed',
  'sleep 2',
].join('; ');

/** Skips are told in the summary alone. */
function script(names: readonly string[]): string {
  return [
    `[ -e /run/dtrace ] || { ${START}; }`,
    'cd /usr/lib/*/dtrace/testsuite',
    `./runtest.sh --use-installed --timeout=${TEST_SECONDS} ${names.map((name) => `test/unittest/${name}`).join(' ')}`,
    'grep -h ": SKIP" test/log/current/runtest.sum || true',
  ].join('\n');
}

export const DTRACE: readonly Client[] = Object.entries(TESTS).map(([dir, tests]) => {
  const names = tests.map((test) => `${dir}/${test}`);
  return {
    suite: 'dtrace',
    name: dir,
    packages: ['dtrace', 'dtrace-tests'],
    script: script(names),
    seconds: START_SECONDS + TEST_SECONDS * names.length,
    read: (text: string) => readSuite(text, names),
  };
});
