/** bpftool: what it lists and dumps of a program of bpftrace, and what it finds that the kernel can do. Pure. */
import { check, present, sectionOf, type Client, type Read } from './client.ts';

/** Ids, times and addresses differ from boot to boot. */
const UNSTABLE = /^(?:id|loaded_at|map_ids|prog_ids|prog_id|btf_id|btf_ids|addr|pids|bytes_jited|size)$/;
/** bpftrace names the maps of its sections after an address. */
const RANDOM = /^[0-9a-f]{8}(?=\.)/;
const LISTS = ['prog', 'map', 'link', 'btf'] as const;

/** Every value of what is JSON, with the way to it. */
export function leavesOf(value: unknown, way: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => leavesOf(one, way));
  if (typeof value !== 'object' || value === null) return [[...way, String(value)].join(' ')];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...way, key]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A result for each object, by all that is stable in it. */
export function readList(text: string, what: string): Read[] {
  const listed = parse(sectionOf(text, what));
  const objects = Array.isArray(listed) ? (listed as Readonly<Record<string, unknown>>[]) : [];
  const names = objects.map((one) =>
    Object.entries(one)
      .filter(([key]) => !UNSTABLE.test(key))
      .map(([key, value]) => `${key}=${String(value).replace(RANDOM, '')}`)
      .join(' '),
  );
  return [
    check(`${what} list has something`, objects.length > 0, sectionOf(text, what).slice(0, 200)),
    ...[...new Set(names)].sort().map((name) => present(`${what} ${name}`)),
  ];
}

/** Instructions as they are on any kernel: places of maps and helpers are not. */
export function readDump(text: string): Read[] {
  const lines = sectionOf(text, 'xlated')
    .split('\n')
    .filter((line) => /^ +\d+: \(/.test(line))
    .map((line) =>
      line
        .replace(/#-?\d+/, '')
        .replace(/\[id:\d+\]/g, '')
        .trim(),
    );
  return [
    check('a program is dumped', lines.length > 0, sectionOf(text, 'xlated').slice(0, 200)),
    ...lines.map((line) => present(`xlated ${line}`)),
  ];
}

const PROGRAM =
  'interval:ms:200 { @ticks[comm] = count(); } kprobe:vfs_read { @reads = count(); } interval:s:300 { exit(); }';
const LISTED = [
  `bpftrace -e '${PROGRAM}' > out 2>&1 &`,
  'for try in $(seq 90); do grep -q Attach out && break; sleep 1; done; sleep 3',
  ...LISTS.map((what) => `echo; echo "== ${what}"; bpftool -j ${what} list`),
  'echo; echo "== xlated"',
  `bpftool prog dump xlated id $(bpftool prog list | sed -n 's/^\\([0-9]*\\): kprobe .*/\\1/p')`,
  'echo "== end"; kill -INT %1; wait; cat out',
].join('\n');

export const BPFTOOL: readonly Client[] = [
  {
    suite: 'bpftool',
    name: 'lists',
    packages: ['bpftool', 'bpftrace'],
    script: LISTED,
    seconds: 180,
    read: (text) => [...LISTS.flatMap((what) => readList(text, what)), ...readDump(text)],
  },
  {
    suite: 'bpftool',
    name: 'features',
    packages: ['bpftool'],
    script: 'bpftool -j feature probe kernel',
    seconds: 120,
    read: (text) => [
      check('the answer can be read', parse(text) !== undefined, text.slice(0, 200)),
      ...[...new Set(leavesOf(parse(text) ?? {}))].map(present),
    ],
  },
];
