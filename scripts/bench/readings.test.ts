import t from 'tap';
import { BadReading, parseReadings } from './readings.ts';

const LINE =
  '{"section":"emit","variant":"perf_percpu","size":48,"fill":0,"wake":"watermark","batch":64,"failed":0,' +
  '"records":64,"bytes":4096,"elapsed":[5,6]}';

t.test('a line becomes a reading', async (t) => {
  const [reading] = parseReadings('series', `${LINE}\n\n`);
  t.match(reading, {
    boot: 'series',
    section: 'emit',
    variant: 'perf_percpu',
    size: 48,
    fill: false,
    wake: 'watermark',
    elapsed: [5, 6],
    source: null,
  });
  t.same(reading?.extra, { records: 64, bytes: 4096 });
});

t.test('a line that cannot be read is an error, never a shorter table', async (t) => {
  const bad = [
    '{"section":"emit","vari',
    '[]',
    'null',
    LINE.replace('emit', 'other'),
    LINE.replace('[5,6]', '[]'),
    LINE.replace('"batch":64', '"batch":0'),
    LINE.replace('"failed":0,', ''),
  ];
  for (const line of bad) t.throws(() => parseReadings('series', line), BadReading, line);
});
