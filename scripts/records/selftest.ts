/** What the selftest stage leaves behind; the shape of out/<run>/selftest.CONFIG.json. */

export type TestStatus = 'passed' | 'failed' | 'skipped';

export interface Failure {
  /** The assertion, or what the harness found (splat, death of the guest, hang ...). */
  readonly message: string;
  /** Diagnostics of the assertion as YAML-like text, or the console's excerpt. */
  readonly detail: string;
}

export interface TestRecord {
  readonly name: string;
  readonly status: TestStatus;
  /** Why it was skipped; '' otherwise. */
  readonly reason: string;
  readonly ms: number;
  /** Assertions that passed, at any depth. */
  readonly assertions: number;
  readonly failures: readonly Failure[];
}

export interface TopicRecord {
  readonly topic: string;
  /** Relative to the project. */
  readonly file: string;
  /** The topic's output: TAP, and what it wrote on standard error. */
  readonly log: string;
  readonly ms: number;
  readonly tests: readonly TestRecord[];
}

export interface BootRecord {
  readonly console: string;
  readonly ms: number;
  /** How the guest ended: 'stopped' is by the harness, at the end. */
  readonly end: string;
  readonly reason: string;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SelftestRecord extends Totals {
  readonly stage: 'selftest';
  readonly config: string;
  readonly release: string;
  readonly tree: string;
  readonly accel: 'kvm' | 'tcg';
  readonly accelReason: string;
  readonly slowness: number;
  readonly topics: readonly TopicRecord[];
  readonly boots: readonly BootRecord[];
  readonly ms: number;
}
