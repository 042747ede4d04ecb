// Everything that `npm run build` does to a tree, in a process of its own, for the test that kills it: ROOT, the source
// as JSON.
import { prepareKernel } from '../run/pipeline.ts';
import type { SourceTree } from '../records/build.ts';
import { silentLog } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';

const [root = '', source = ''] = process.argv.slice(2);
const ctx = { root, log: silentLog, signal: new AbortController().signal, run: openRun(root, 'build'), dryRun: false };
await prepareKernel(ctx, JSON.parse(source) as SourceTree, 'default');
