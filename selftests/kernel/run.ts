/**
 * Topics that need a kernel of their own: the series with a test-only patch on top. Not part of `npm test`, which
 * builds one.
 *
 *     npm run apply && node --import tsx selftests/kernel/run.ts [NAME ...] [--accel auto|kvm|tcg]
 */
import { fileURLToPath } from 'node:url';
import { ACCEL_OPTION, wantedAccel } from '../../scripts/host/accelerator-option.ts';
import { EXIT, WorkbenchError } from '../../scripts/lib/errors.ts';
import { parseOptions } from '../../scripts/lib/options.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { verdictLine } from '../../scripts/records/totals.ts';
import { openVariantRun } from '../mutations/tree.ts';
import { testVariant, VARIANTS } from './variants.ts';

const NAME = 'kernel/run.ts';
const NEXT = `node --import tsx selftests/${NAME}`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await standalone(process.argv.slice(2), async ({ args: argv, log, signal }) => {
  const { args, values } = parseOptions({ name: NAME, options: ACCEL_OPTION, positional: true }, argv);
  const wanted = wantedAccel(String(values['accel']), NEXT);
  const unknown = args.filter((name) => !VARIANTS.some((variant) => variant === name));
  if (unknown.length > 0)
    throw new WorkbenchError('E_USAGE', `no variant ${unknown.join(', ')}; there are ${VARIANTS.join(', ')}`, {
      next: NEXT,
    });
  let worst = EXIT.pass as number;
  for (const name of VARIANTS.filter((variant) => args.length === 0 || args.includes(variant))) {
    const { sum, code } = await testVariant(
      { root: ROOT, log, signal, run: openVariantRun(ROOT, 'kernel'), dryRun: false },
      name,
      wanted,
    );
    process.stdout.write(`${name}: ${verdictLine(sum)}\n`);
    worst = Math.max(worst, code);
  }
  return worst;
});
