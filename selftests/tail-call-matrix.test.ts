/** The whole table of who may tail-call into what, cell by cell, and the table itself as it came out. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import type { BpfMap, BpfProgram, Guest } from '../scripts/guest/client.ts';
import type { Outcome, RawProgram } from './agent/protocol.ts';
import {
  ARRAY_NAME,
  ARRAYS,
  callersOn,
  cellName,
  cells,
  ORDERS,
  type ArrayKind,
  type Caller,
  type Cell,
} from './tables/matrix.ts';
import { bpfProgram } from './tables/raw-program.ts';

const BPF_F_SLEEPABLE = 1 << 4;

guestTestBothModes('who may tail-call into which array', { seconds: 60 }, async (t, guest, mode) => {
  const callee = await guest.loadRaw(bpfProgram('dtrace'));
  const seen = new Map<string, string>();
  const callers = callersOn(guest.facts.hello.release);
  for (const caller of callers) {
    if (!isThere(guest, caller)) {
      t.match(
        await guest.tryLoadRaw(callerProgram(caller, undefined, 0)),
        { ok: false, code: 'EINVAL' },
        `${caller.name}: a kernel without ${caller.config} does not have the type [${mode}]`,
      );
      continue;
    }
    const attachBtfId = caller.attach === undefined ? 0 : await guest.btfId(caller.attach.kind, caller.attach.name);
    for (const { cell, array, result } of await runRow(guest, caller, callee, attachBtfId)) {
      t.match(describe(result), expected(cell), `${cellName(cell)} [${mode}]`);
      seen.set(cellName(cell), symbol(result));
      if (holdsOwnType(cell, result)) {
        const own = await guest.loadRaw(callerProgram(caller, undefined, attachBtfId));
        t.match(
          await array.tryPut(1, own),
          { ok: true },
          `${cellName(cell)}: a callee of its own type goes in [${mode}]`,
        );
      }
      await array.close();
    }
  }
  t.comment(table(callers, seen));
});

guestTest('each program type has a row, and each attach type of tracing programs', async (t, guest) => {
  const callers = callersOn(guest.facts.hello.release);
  const rows = new Set(
    callers.flatMap(({ type, attachType }) => [type, ...(attachType === undefined ? [] : [attachType])]),
  );
  // an extension runs as what it extends: tail-call-freplace
  const types = Object.keys(guest.facts.hello.progTypes).filter((type) => type !== 'unspec' && type !== 'ext');
  const attachTypes = Object.keys(guest.facts.hello.attachTypes).filter((type) => /^(trace_|modify_return)/.test(type));
  t.ok(attachTypes.length >= 8 && types.length > 30, `${types.length} types, ${attachTypes.length} attach types`);
  t.strictSame(
    [...types, ...attachTypes].filter((name) => !rows.has(name)),
    [],
    'without a row',
  );
});

function isThere(guest: Guest, { config }: Caller): boolean {
  return config === undefined || guest.facts.kconfig[config] === 'y';
}

interface RunCell {
  readonly cell: Cell;
  readonly array: BpfMap;
  readonly result: CellResult;
}

/** All cells of one caller in three round trips. */
async function runRow(guest: Guest, caller: Caller, callee: BpfProgram, attachBtfId: number): Promise<RunCell[]> {
  const row = cells([caller]);
  const spec = { type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2, name: ARRAY_NAME } as const;
  const arrays = await Promise.all(row.map((cell) => guest.createMap({ ...spec, mapExtra: mapExtra(guest, cell) })));
  return Promise.all(
    row.map(async (cell, index) => {
      const array = arrays[index] as BpfMap;
      return { cell, array, result: await runCell(guest, cell, array, callee, attachBtfId) };
    }),
  );
}

function holdsOwnType(cell: Cell, result: CellResult): boolean {
  return result.load.ok && cell.caller.mayCallDtrace !== 'self' && cell.array !== 'typed dtrace';
}

interface CellResult {
  readonly load: Outcome<{ readonly prog: BpfProgram }>;
  readonly insert: Outcome<{ readonly updated: number }>;
}

/** The requests go out in the cell's order and are answered in that order. */
async function runCell(
  guest: Guest,
  cell: Cell,
  array: BpfMap,
  callee: BpfProgram,
  attachBtfId: number,
): Promise<CellResult> {
  const load = (): Promise<Outcome<{ readonly prog: BpfProgram }>> =>
    guest.tryLoadRaw(callerProgram(cell.caller, array, attachBtfId));
  const insert = (): Promise<Outcome<{ readonly updated: number }>> => array.tryPut(0, callee);
  if (cell.order === 'caller first') {
    const [loaded, inserted] = await Promise.all([load(), insert()]);
    return { load: loaded, insert: inserted };
  }
  const [inserted, loaded] = await Promise.all([insert(), load()]);
  return { load: loaded, insert: inserted };
}

function callerProgram(caller: Caller, array: { readonly fd: number } | undefined, attachBtfId: number): RawProgram {
  return bpfProgram(caller.type, array, {
    ...(caller.attachType === undefined ? {} : { expectedAttachType: caller.attachType }),
    ...(caller.attach === undefined ? {} : { attachBtfId }),
    ...(caller.sleepable === true ? { flags: BPF_F_SLEEPABLE } : {}),
  });
}

function mapExtra(guest: Guest, cell: Cell): bigint {
  const type = { untyped: null, 'typed dtrace': 'dtrace', 'typed own': cell.caller.type }[cell.array];
  return type === null ? 0n : BigInt(guest.progType(type));
}

function describe({ load, insert }: CellResult): object {
  return {
    load: load.ok ? 'accepted' : { code: load.code, log: load.log },
    insert: insert.ok ? 'accepted' : insert.code,
  };
}

function expected(cell: Cell): object {
  return {
    load:
      cell.load === 'accepted'
        ? 'accepted'
        : { code: 'EINVAL', log: cell.load.log ?? /^(?![\s\S]*tail call from)[\s\S]*$/ },
    insert: cell.insert === 'accepted' ? 'accepted' : 'EINVAL',
  };
}

function symbol({ load, insert }: CellResult): string {
  return `${load.ok ? 'loads' : 'refused'}${insert.ok ? ' + DTRACE' : ''}`;
}

/** A row a caller, a column for each kind of array and order. */
function table(callers: readonly Caller[], seen: ReadonlyMap<string, string>): string {
  const columns = ARRAYS.flatMap((array: ArrayKind) =>
    ORDERS.map((order) => ({ array, order, title: `${array}, ${order}` })),
  );
  const line = (name: string, fields: readonly string[]): string =>
    [name.padEnd(19), ...fields.map((field) => field.padEnd(26))].join('').trimEnd();
  const rows = callers.map((caller) =>
    line(
      caller.name,
      columns.map(({ array, order }) => seen.get(`${caller.name} | ${array} | ${order}`) ?? `no ${caller.config}`),
    ),
  );
  return [
    line(
      'caller',
      columns.map(({ title }) => title),
    ),
    ...rows,
  ].join('\n');
}
