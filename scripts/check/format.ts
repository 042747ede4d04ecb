/** The tables that check and bisect end with. Pure. */
import { formatDuration } from '../lib/log.ts';
import type { BisectRecord, CheckRecord } from '../records/series.ts';

export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatCheck(record: CheckRecord): string {
  const rows = record.patches.map((p) => [
    p.id,
    p.findings.length === 0 ? 'ok' : `${p.findings.length} findings`,
    String(p.excused),
    `${p.objects.length}, ${p.newWarnings} new`,
    String(p.linesChecked),
    String(p.maintainers.length),
    p.subject,
  ]);
  const lines = [formatTable([['n', 'verdict', 'excused', 'objects', 'lines', 'recipients', 'subject'], ...rows])];
  const heads = record.patches[0]?.columns.map(({ check }) => check) ?? [];
  const cells = record.patches.map(({ id, columns }) => [id, ...columns.map(({ verdict }) => verdict)]);
  if (heads.length > 0) lines.push('', formatTable([['n', ...heads], ...cells]), '');
  for (const { id, findings, excuses } of record.patches) {
    for (const f of findings)
      lines.push(`${id}: ${f.check} ${f.type}${f.line === undefined ? '' : `, line ${f.line}`}: ${f.message}`);
    for (const e of excuses) lines.push(`${id}: excused ${e.type}: ${e.message} (${e.reason})`);
  }
  lines.push(...record.unused);
  const count = record.patches.reduce((sum, p) => sum + p.findings.length, record.unused.length);
  lines.push(`${record.patches.length} patches checked, ${count} findings (${formatDuration(record.ms)})`);
  return lines.join('\n');
}

export function formatBisect(record: BisectRecord): string {
  const variants = [...new Set(record.patches.flatMap((p) => p.variants.map((v) => v.variant)))];
  const rows = record.patches.map((p) => [
    p.id,
    ...variants.map((name) => {
      const found = p.variants.find((v) => v.variant === name);
      return found === undefined
        ? '-'
        : `${found.outcome}${found.reused ? ' (earlier)' : ` ${formatDuration(found.ms)}`}`;
    }),
    p.subject,
  ]);
  const lines = [formatTable([['n', ...variants, 'subject'], ...rows])];
  for (const p of record.patches)
    for (const v of p.variants) if (!v.ok) lines.push(`${p.id}: ${v.variant}: ${v.detail}`);
  lines.push(...record.notes);
  const bad = record.patches.flatMap((p) => p.variants).filter((v) => !v.ok).length;
  lines.push(`${record.patches.length} patches, ${bad} failures (${formatDuration(record.ms)})`);
  return lines.join('\n');
}
