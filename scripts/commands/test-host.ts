import { defineCommand } from '../lib/options.ts';
import { runKind } from '../run/tests-command.ts';

export const command = defineCommand({
  name: 'test:host',
  summary:
    'Tests of the workbench that kill, interrupt and starve real processes; no kernel, no guest. ' +
    '`npm test` runs them at the same time as the guests.',
  usage: '[PART OF A FILE NAME ...]',
  positional: true,
  options: {},
  run: (ctx) => runKind(ctx, 'host', false),
});
