/** Who may tail-call into which prog array, as a picture: the design's table, with what a run saw differently. */
import { ARRAYS, callersOn, cellName, cells, ORDERS, type Caller, type Cell } from '../../selftests/tables/matrix.ts';
import { scrolling } from '../bench/table.ts';
import { folded, h, table } from './markup.ts';
import type { ConfigReport } from './model.ts';

const TOPIC = 'tail-call-matrix';
const LABEL_WIDTH = 130;
const CELL_WIDTH = 88;
const CELL_HEIGHT = 24;
const HEAD_HEIGHT = 44;
const COLUMNS = ARRAYS.flatMap((array) => ORDERS.map((order) => ({ array, order })));
const WIDTH = LABEL_WIDTH + COLUMNS.length * CELL_WIDTH;

/** What happens, in a word that does not need its colour. */
function kindOf({ load, insert }: Cell): 'calls' | 'loads' | 'refused' {
  if (load !== 'accepted') return 'refused';
  return insert === 'accepted' ? 'calls' : 'loads';
}

const MEANINGS = {
  calls: 'the caller loads and a DTRACE program goes into the array: the call is converted where the types differ',
  loads: 'the caller loads, and a DTRACE program is refused by the array',
  refused: 'the caller is refused by the verifier',
} as const;

/** Cells that some test of the topic found to be otherwise; its assertions are named by the cell. */
function differing(configs: readonly ConfigReport[], callers: readonly Caller[]): ReadonlySet<string> {
  const messages = configs.flatMap(({ selftest }) =>
    (selftest?.topics ?? [])
      .filter(({ topic }) => topic === TOPIC)
      .flatMap(({ tests }) => tests.flatMap(({ failures }) => failures.map(({ message }) => message))),
  );
  return new Set(
    cells(callers)
      .map(cellName)
      .filter((name) => messages.some((message) => message.includes(name))),
  );
}

function text(x: number, y: number, words: string, anchor = 'middle'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${h(words)}</text>`;
}

function draw(cell: Cell, row: number, differs: boolean): string {
  const column = COLUMNS.findIndex(({ array, order }) => array === cell.array && order === cell.order);
  const x = LABEL_WIDTH + column * CELL_WIDTH;
  const y = HEAD_HEIGHT + row * CELL_HEIGHT;
  const kind = kindOf(cell);
  const box = `x="${x + 1}" y="${y + 1}" width="${CELL_WIDTH - 2}" height="${CELL_HEIGHT - 2}" rx="3"`;
  const words = text(x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2 + 4, differs ? `not: ${kind}` : kind);
  const title = `<title>${h(`${cellName(cell)}: ${MEANINGS[kind]}`)}</title>`;
  return `<g class="${differs ? 'differs' : kind}">${title}<rect ${box}/>${words}</g>`;
}

function svg(callers: readonly Caller[], differ: ReadonlySet<string>): string {
  const height = HEAD_HEIGHT + callers.length * CELL_HEIGHT;
  const heads = ARRAYS.map((array, at) => text(LABEL_WIDTH + (2 * at + 1) * CELL_WIDTH, 16, array));
  const orders = COLUMNS.map(({ order }, at) => text(LABEL_WIDTH + (at + 0.5) * CELL_WIDTH, 36, order));
  const labels = callers.map(({ name }, at) => text(0, HEAD_HEIGHT + at * CELL_HEIGHT + 16, name, 'start'));
  return [
    `<svg class="matrix" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Tail calls into prog arrays">`,
    ...heads,
    ...orders,
    ...labels,
    ...cells(callers).map((cell) => draw(cell, callers.indexOf(cell.caller), differ.has(cellName(cell)))),
    '</svg>',
  ].join('\n');
}

/** The same for readers that a picture tells nothing. */
function words(callers: readonly Caller[], differ: ReadonlySet<string>): string {
  const rows = callers.map((caller) => [
    h(caller.name),
    ...COLUMNS.map(({ array, order }) => {
      const [cell] = cells([caller]).filter((one) => one.array === array && one.order === order);
      return cell === undefined ? '' : `${differ.has(cellName(cell)) ? 'not: ' : ''}${kindOf(cell)}`;
    }),
  ]);
  const heads = COLUMNS.map(({ array, order }) => ({ head: `${array}, ${order}` }));
  return folded('The same as a table', table('Tail calls into prog arrays', [{ head: 'caller' }, ...heads], rows));
}

/** What a run says of these is in its log: with the type not there they are not cells that have been seen. */
function leftOut(release: string): string {
  const rows = callersOn(release).flatMap(({ name, config }) => (config === undefined ? [] : [`${name} (${config})`]));
  return `<p>${h(`Not in the picture, as not each configuration has them: ${rows.join(', ')}.`)}</p>`;
}

/** '' where the topic was not run. */
export function tailCalls(configs: readonly ConfigReport[]): string {
  const ran = configs.filter(({ selftest }) => selftest?.topics.some(({ topic }) => topic === TOPIC));
  // the configurations of a run are of one base
  const release = ran[0]?.selftest?.release;
  if (release === undefined) return '';
  const callers = callersOn(release).filter(({ config }) => config === undefined);
  const differ = differing(ran, callers);
  const names = ran.map(({ name }) => name).join(', ');
  const seen = differ.size === 0 ? 'every cell came out as designed' : `cells that came out otherwise: ${differ.size}`;
  const broken =
    differ.size === 0 &&
    ran.some(({ selftest }) =>
      selftest?.topics.some((x) => x.topic === TOPIC && x.tests.some((test) => test.status !== 'passed')),
    );
  const meanings = Object.entries(MEANINGS).map(([kind, meaning]) => `<dt>${kind}</dt><dd>${h(meaning)}</dd>`);
  return [
    `<p>${h(`${names}: ${broken ? 'the topic did not get through all cells' : seen}.`)}</p>`,
    scrolling('Tail calls', svg(callers, differ)),
    `<dl class="legend">${meanings.join('')}</dl>`,
    words(callers, differ),
    leftOut(release),
  ].join('\n');
}
