/** Offsets in the context, as a compiler has them for the header of the patches. */
import { dirname } from 'node:path';
import t from 'tap';
import { readHunks } from '../series/hunks.ts';
import { loadSeries, seriesFor } from '../series/load.ts';
import { ARGC, CTX } from './interface.ts';

const HEADER = 'include/uapi/linux/dtrace.h';
const SIZE: Readonly<Record<string, number>> = { __u32: 4, __s32: 4, __u64: 8 };
const FIELD = /^\s*(?:__bpf_md_ptr\([^,]*, ?(?<pointer>\w+)\)|(?<type>__[us]\d+) (?<names>[^;]*));/gm;
const series = loadSeries(dirname(dirname(import.meta.dirname)));

/** What the patches of a base make of the header. */
function headerOf(base: string): string {
  const hunks = seriesFor(series, base).patches.flatMap(({ diff }) =>
    readHunks(diff)
      .filter(({ header }) => header[0]?.endsWith(` b/${HEADER}`))
      .flatMap((file) => file.hunks),
  );
  let text = '';
  for (const { lines } of hunks) {
    const only = (marks: string): string =>
      lines
        .filter(([mark = '']) => marks.includes(mark))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    if (!text.includes(only(' -'))) throw new Error(`${base}: a hunk does not fit: ${lines.join('\n')}`);
    text = text.replace(only(' -'), () => only(' +'));
  }
  return text;
}

function offsetsIn(header: string): Map<string, number> {
  const body = /^struct dtrace_bpf_context \{\n(.*?)^\};/ms.exec(header)?.[1] ?? '';
  const argc = Number(/^#define DTRACE_ARGC\s+(\d+)$/m.exec(header)?.[1]);
  const offsets = new Map<string, number>();
  let at = 0;
  const put = (name: string, size: number, count = 1): void => {
    at = Math.ceil(at / size) * size;
    offsets.set(name, at);
    at += size * count;
  };
  for (const { groups: { pointer, type = '', names = '' } = {} } of body.matchAll(FIELD)) {
    if (pointer !== undefined) put(pointer, 8);
    for (const name of names.split(/, ?/).filter(Boolean))
      put(name.replace('[DTRACE_ARGC]', ''), SIZE[type] ?? Number.NaN, name.includes('[') ? argc : 1);
  }
  return offsets.set('ARGC', argc);
}

for (const base of Object.keys(series.data.bases))
  t.test(`${base}: the context is as the header has it`, async (t) => {
    const offsets = offsetsIn(headerOf(base));
    const there = { ecb: 'ecb_id', probe: 'probe_id', argv: 'argv', buf: 'buf', end: 'buf_end' } as const;
    for (const [name, field] of Object.entries(there))
      t.equal(CTX[name as keyof typeof there], offsets.get(field), field);
    t.equal(ARGC, offsets.get('ARGC'));
  });
