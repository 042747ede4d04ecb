/** Reads one file's TAP strictly: what cannot be read, ends early or tests nothing is a failure. Pure. */
import { Parser, type Result } from 'tap-parser';
import type { Failure, TestRecord } from '../records/selftest.ts';
import { fromKtap } from './ktap.ts';

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
}

interface Node {
  readonly result: Result;
  readonly children: readonly Node[];
  /** Problems of the child stream itself: no plan, a plan that was not kept. */
  readonly streamProblems: readonly string[];
}

/** Diagnostics that only repeat the message or point into tap itself. */
const NOISE = new Set(['stack', 'at', 'source']);

/**
 * What says that something is not ok, at whatever column and behind how many "#"; in a comment, which may begin with
 * such words, with a number, a dash or nothing behind them. A SKIP does not excuse it, as it does not in a result.
 */
const LOST = /^(?:\s*(?:not ok\b|bail out!)|[#\s]*(?:not ok(?: +\d+\b| +-(?: |$)| *$)|bail out!)).*$/gim;

export function readTap(text: string, end: ProcessEnd): TestRecord[] {
  const parser = new Parser();
  const collected = collect(parser);
  parser.end(fromKtap(text));
  const { nodes, problems } = collected();
  const tests = nodes.map(toTest);
  if (nodes.length === 0) problems.push('no test ran');
  if (end.timedOut) problems.push('the test file took too long and was killed');
  else if (end.signal !== null) problems.push(`the test file was ended by ${end.signal}`);
  const failed = tests.some((test) => test.status === 'failed');
  if (end.exitCode !== 0 && end.signal === null && !failed && problems.length === 0)
    problems.push(`the test file exited with ${end.exitCode} although no test failed`);
  if (end.exitCode === 0 && failed) problems.push('the test file exited with 0 although a test failed');
  if (problems.length > 0) {
    tests.push({
      name: 'the test file runs to its end',
      status: 'failed',
      reason: '',
      ms: 0,
      assertions: 0,
      failures: problems.map((message): Failure => ({ message, detail: text.split('\n').slice(-30).join('\n') })),
    });
  }
  return tests;
}

/**
 * A shape that neither fromKtap() nor the parser knows is noise to it, and what failed there would pass. Diagnostics in
 * YAML are neither extra nor a comment: they may quote anything.
 */
function lost(noise: string): string[] {
  return [...noise.matchAll(LOST)].map(([line]) => `a failure that belongs to no test: "${line.trim()}"`);
}

/** Gathers asserts with the child streams that came before them; call the result when the stream has ended. */
function collect(parser: Parser): () => { nodes: Node[]; problems: string[] } {
  const nodes: Node[] = [];
  const problems: string[] = [];
  let pending: (() => { nodes: Node[]; problems: string[] })[] = [];
  let planned = false;
  parser.on('child', (child: Parser) => pending.push(collect(child)));
  parser.on('comment', (line: string) => problems.push(...lost(line)));
  // those of children come to the outermost
  if (parser.level === 0) parser.on('extra', (lines: string) => problems.push(...lost(lines)));
  parser.on('plan', () => (planned = true));
  parser.on('bailout', (reason: string) => problems.push(`bail out: ${reason}`));
  parser.on('assert', (result: Result) => {
    const below = pending.map((get) => get());
    pending = [];
    nodes.push({
      result,
      children: below.flatMap((one) => one.nodes),
      streamProblems: below.flatMap((one) => one.problems),
    });
    if (result.id !== nodes.length) problems.push(`test ${nodes.length} has the number ${result.id}`);
  });
  return () => {
    if (!planned) problems.push('the output has no plan');
    const expected = parser.planEnd - parser.planStart + 1;
    if (planned && parser.planEnd >= 0 && expected !== nodes.length)
      problems.push(`${nodes.length} tests of ${expected} planned`);
    for (const get of pending) problems.push(...get().problems, 'a subtest has no result');
    return { nodes, problems };
  };
}

function toTest(node: Node): TestRecord {
  const { result } = node;
  const failures = failuresOf(node);
  const skip = typeof result.skip === 'string' ? result.skip : '';
  const isSkip = result.skip !== undefined && result.skip !== false;
  const notReasoned: Failure[] = isSkip && skip === '' ? [{ message: 'skipped without a reason', detail: '' }] : [];
  const isTodo = result.todo !== undefined && result.todo !== false;
  const notDone: Failure[] = isTodo ? [{ message: 'marked as to do', detail: '' }] : [];
  const all = [...failures, ...notReasoned, ...notDone];
  return {
    name: result.name,
    status: all.length > 0 ? 'failed' : isSkip ? 'skipped' : 'passed',
    reason: skip,
    ms: Math.round(result.time ?? 0),
    assertions: countPassed(node),
    failures: all,
  };
}

/** The deepest failures say most; a parent that failed for no failed child has one of its own. */
function failuresOf(node: Node): Failure[] {
  const below = [
    ...node.children.flatMap(failuresOf),
    ...node.streamProblems.map((message) => ({ message, detail: '' })),
  ];
  if (below.length > 0) return below;
  return node.result.ok ? [] : [{ message: node.result.name, detail: formatDiag(node.result.diag) }];
}

function countPassed(node: Node): number {
  if (node.children.length === 0) return node.result.ok ? 1 : 0;
  return node.children.reduce((sum, child) => sum + countPassed(child), 0);
}

export function formatDiag(diag: unknown): string {
  if (typeof diag !== 'object' || diag === null) return '';
  return Object.entries(diag)
    .filter(([key]) => !NOISE.has(key))
    .map(([key, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value, withBigInts, 1);
      return text === undefined
        ? ''
        : text.includes('\n')
          ? `${key}:\n${text.replace(/^/gm, '  ')}`
          : `${key}: ${text}`;
    })
    .filter((line) => line !== '')
    .join('\n');
}

/** Numbers of 64 bits are read as bigint, which JSON has not. */
const withBigInts = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
