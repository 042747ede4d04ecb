// Commands through exec in a process of its own, for the test that kills that process: ARGV... [--then ARGV...]
import { exec } from '../lib/exec.ts';

const words = process.argv.slice(2);
const then = words.indexOf('--then');
if (then >= 0) await exec(words.slice(0, then));
const result = await exec(words.slice(then + 1));
process.exitCode = result.exitCode ?? 1;
