/**
 * Writes golden/same-type-unchanged.json anew: boots the base without the series, and lets the topic itself look. That
 * kernel is the benchmarks', built here when they have not built it yet.
 *
 *     npm run build && node --import tsx selftests/golden/write.ts [--accel auto|kvm|tcg]
 */
import { fileURLToPath } from 'node:url';
import { accelIn } from '../../scripts/host/accelerator-option.ts';
import { openRun } from '../../scripts/lib/record.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { writeGolden } from './base-kernel.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await standalone(process.argv.slice(2), async ({ args, log, signal }) => {
  const accel = accelIn('golden/write.ts', args);
  return writeGolden({ root: ROOT, log, signal, run: openRun(ROOT, 'golden'), dryRun: false }, accel);
});
