/** Reads the guest program's lines. A line that cannot be read is an error: a lost reading must not look like a short table. */
import { SECTIONS, WAKES, type Reading, type Section } from './types.ts';

const KNOWN = new Set(['section', 'variant', 'elapsed', 'batch', 'failed', 'source', 'size', 'fill', 'wake']);

export class BadReading extends Error {
  override readonly name = 'BadReading';
}

/** `text` is the program's whole stdout. Throws BadReading with the line. */
export function parseReadings(boot: string, text: string): Reading[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseReading(boot, line));
}

function parseReading(boot: string, line: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadReading(`not JSON: ${line}`);
  }
  if (typeof value !== 'object' || value === null) throw new BadReading(`not an object: ${line}`);
  const record: Record<string, unknown> = { ...value };
  const { section, variant, elapsed, batch, failed, source, size, fill, wake } = record;
  if (!isSection(section) || typeof variant !== 'string' || !isNumbers(elapsed) || elapsed.length === 0) {
    throw new BadReading(`section, variant or elapsed missing: ${line}`);
  }
  if (typeof batch !== 'number' || batch <= 0 || typeof failed !== 'number') throw new BadReading(`batch or failed missing: ${line}`);
  const extra: Record<string, number> = {};
  for (const [name, each] of Object.entries(record)) {
    if (!KNOWN.has(name) && typeof each === 'number') extra[name] = each;
  }
  return {
    boot,
    section,
    variant,
    elapsed,
    batch,
    failed,
    source: typeof source === 'string' ? source : null,
    size: typeof size === 'number' ? size : null,
    fill: typeof fill === 'number' ? fill === 1 : null,
    wake: WAKES.find((each) => each === wake) ?? null,
    extra,
  };
}

function isSection(value: unknown): value is Section {
  return SECTIONS.some((section) => section === value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
