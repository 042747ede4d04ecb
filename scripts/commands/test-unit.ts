import { defineCommand } from '../lib/options.ts';
import { runKind } from '../run/tests-command.ts';

export const command = defineCommand({
  name: 'test:unit',
  summary: 'Type check and all unit tests; no kernel, no guest, no network.',
  usage: '[PART OF A FILE NAME ...] [options]',
  positional: true,
  options: {
    'no-types': { type: 'flag', summary: 'leave the type check out' },
  },
  run: (ctx) => runKind(ctx, 'unit', !ctx.options['no-types']),
});
