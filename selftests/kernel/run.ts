/**
 * Topics that need a kernel of their own: the series with a test-only patch on top. Not part of `npm test`, which builds one.
 *
 *     npm run apply && node --import tsx selftests/kernel/run.ts [--accel auto|kvm|tcg]
 */
import { fileURLToPath } from 'node:url';
import { accelIn } from '../../scripts/host/accelerator-option.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { verdictLine } from '../../scripts/records/totals.ts';
import { openVariantRun } from '../mutations/tree.ts';
import { testToyTarget } from './toy-kernel.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await standalone(process.argv.slice(2), async ({ args, log, signal }) => {
  const { sum, code } = await testToyTarget({ root: ROOT, log, signal, run: openVariantRun(ROOT, 'kernel'), dryRun: false }, accelIn('kernel/run.ts', args));
  process.stdout.write(`${verdictLine(sum)}\n`);
  return code;
});
