/** Tools of bcc: they are compiled in the guest, and their events come through rings. Pure. */
import { CALLS, check, checkCalls, numberIn, WORK, type Client } from './client.ts';

const FILES = 100;
const MARK = '/tmp/no-such-file';
/** Compiling against the headers of the kernel takes most of it. */
const SECONDS = 300;

/**
 * bash has its children ignore an interrupt where there is no terminal, and Python leaves it at that.
 * @param ready what the tool prints when it is attached
 * @param work what it is to see
 */
function traced(tool: string, ready: string, work: string): string {
  return [
    `python3 -u /usr/sbin/${tool} > out 2>&1 &`,
    `for try in $(seq ${SECONDS}); do grep -q '${ready}' out && break; kill -0 $! || break; sleep 1; done`,
    `${work}; n=-1; while [ $n -ne $(wc -l < out) ]; do n=$(wc -l < out); sleep 3; done; kill %1; wait`,
    `grep -a -v '^$' out`,
  ].join('\n');
}

/** Numbers behind the mark, in the order in which they were printed. */
function marksIn(text: string): number[] {
  return [...text.matchAll(new RegExp(`${MARK}(\\d+)`, 'g'))].map(([, number]) => Number(number));
}

function checkMarks(text: string): ReturnType<typeof check>[] {
  const seen = marksIn(text);
  const ordered = seen.length === FILES && seen.every((number, at) => number === at + 1);
  return [check('each event is there, in its order', ordered, `${seen.length} of ${FILES}: ${text.slice(0, 300)}`)];
}

const client = (name: string, script: string, read: Client['read']): Client => ({
  suite: 'bcc',
  name,
  packages: ['bpfcc-tools', 'xz-utils'],
  script,
  seconds: SECONDS,
  read,
});

export const BCC: readonly Client[] = [
  client(
    'execsnoop',
    traced('execsnoop-bpfcc', 'COMM', `for i in $(seq ${FILES}); do /bin/true ${MARK}$i; done`),
    checkMarks,
  ),
  client(
    'opensnoop',
    traced('opensnoop-bpfcc -n cat', 'COMM', `cat $(seq -f '${MARK}%g' ${FILES}) 2> /dev/null`),
    checkMarks,
  ),
  client(
    `trace: ${CALLS} events`,
    `${traced(`trace-bpfcc -n dd -b 1024 't:syscalls:sys_enter_write "of %d bytes", args->count'`, 'COMM', WORK)} |
sed 's/.*of 1 bytes/one/' | sort | uniq -c`,
    (text) => [
      checkCalls('each call is an event', numberIn(text, /^ *(\d+) one$/m)),
      check('nothing is lost', !/lost/i.test(text), text.slice(0, 300)),
    ],
  ),
];
