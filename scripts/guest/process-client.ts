import type { ExecResult, Handle } from '../../selftests/agent/protocol.ts';
import type { Transport } from './transport.ts';

/** A process in the guest that runs on while the test does other things; killed at the end of the test. */
export class GuestProcess {
  readonly #transport: Transport;
  readonly handle: Handle;
  readonly pid: number;

  constructor(transport: Transport, handle: Handle, pid: number) {
    this.#transport = transport;
    this.handle = handle;
    this.pid = pid;
  }

  /** Ends its standard input and waits for its end; kills it after `timeoutMs` (then `timedOut`). */
  wait(timeoutMs = 30_000): Promise<ExecResult> {
    return this.#transport.call('process.wait', { process: this.handle, timeoutMs });
  }

  async signal(signal: string): Promise<void> {
    await this.#transport.call('process.signal', { process: this.handle, signal });
  }

  /** Waits until its output contains `text`; throws with what there was when it does not come. */
  async waitOutput(text: string, timeoutMs = 10_000): Promise<string> {
    const seen = await this.#transport.call('process.waitOutput', { process: this.handle, text, timeoutMs });
    if (!seen.found)
      throw new Error(
        `no ${JSON.stringify(text)} from pid ${this.pid} in ${timeoutMs} ms; ` +
          `stdout: ${seen.stdout} stderr: ${seen.stderr}`,
      );
    return seen.stdout;
  }
}
