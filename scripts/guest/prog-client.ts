import type { Attachment, Handle, Outcome, ProgInfo, TestRun, TestRunResult } from '../../selftests/agent/protocol.ts';
import { must } from './refusal.ts';
import type { Transport } from './transport.ts';

/** What a test holds and may let go early; the rest goes at the end of the test. */
export class Held {
  readonly #transport: Transport;
  readonly handle: Handle;
  readonly fd: number;

  constructor(transport: Transport, handle: Handle, fd: number) {
    this.#transport = transport;
    this.handle = handle;
    this.fd = fd;
  }

  /** errno of the release, 0 when it went well. */
  async close(): Promise<number> {
    return (await this.#transport.call('release', { handle: this.handle })).errno;
  }

  async pin(path: string): Promise<void> {
    must(`pin at ${path}`, await this.#transport.call('fd.pin', { handle: this.handle, path }));
  }
}

export class BpfLink extends Held {}

export class BpfProgram extends Held {
  readonly #transport: Transport;
  readonly name: string;
  /** Verifier log; empty on success unless a log level was asked for. */
  readonly log: string;

  constructor(transport: Transport, handle: Handle, fd: number, name: string, log: string) {
    super(transport, handle, fd);
    this.#transport = transport;
    this.name = name;
    this.log = log;
  }

  info(): Promise<ProgInfo> {
    return this.#transport.call('prog.info', { prog: this.handle });
  }

  tryTestRun(run: TestRun = {}): Promise<Outcome<TestRunResult>> {
    return this.#transport.call('prog.testRun', { prog: this.handle, run });
  }

  async testRun(run: TestRun = {}): Promise<TestRunResult> {
    return must(`test run of ${this.name}`, await this.tryTestRun(run));
  }

  async tryAttach(to: Attachment): Promise<Outcome<{ readonly link: BpfLink }>> {
    const outcome = await this.#transport.call('link.attach', { prog: this.handle, to });
    if (!outcome.ok) return outcome;
    return { ok: true, link: new BpfLink(this.#transport, outcome.handle, outcome.fd) };
  }

  /** Detached at the end of the test, or by `link.close()`. */
  async attach(to: Attachment = { kind: 'auto' }): Promise<BpfLink> {
    return must(`attach of ${this.name} to ${to.kind}`, await this.tryAttach(to)).link;
  }
}
