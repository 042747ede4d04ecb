import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SelftestRecord } from '../records/selftest.ts';
import { formatSoak, mergeSoak, parseSoak, soakRows } from './soak-report.ts';

/** Brings selftests/SOAK.md up to date; returns its path. */
export function writeSoak(root: string, records: readonly SelftestRecord[]): string {
  const path = join(root, 'selftests/SOAK.md');
  const fresh = records.flatMap((record) => soakRows(record, new Map(record.topics.map(({ topic, log }) => [topic, existsSync(log) ? readFileSync(log, 'utf8') : '']))));
  const old = existsSync(path) ? parseSoak(readFileSync(path, 'utf8')) : [];
  writeFileSync(path, formatSoak(mergeSoak(old, fresh)));
  return path;
}
