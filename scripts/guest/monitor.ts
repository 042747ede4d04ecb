import { createConnection } from 'node:net';
import { afterGiven, wallClock, type Clock } from '../lib/given-time.ts';

const ANSWER_MS = 10_000;
const COMMANDS = ['qmp_capabilities', 'inject-nmi'];

/** What QEMU's monitor said so far: every command done, one refused with a reason, or neither yet. Pure. */
export function readAnswers(text: string): { readonly done: boolean; readonly refused: string | undefined } {
  // the last line may still be on its way
  const complete = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const answers = complete.map((line): object => JSON.parse(line) as object);
  const refusal = answers.find((answer) => 'error' in answer) as
    | { readonly error?: { readonly desc?: string } }
    | undefined;
  const refused = refusal === undefined ? undefined : (refusal.error?.desc ?? 'no reason given');
  return { done: answers.filter((answer) => 'return' in answer).length >= COMMANDS.length, refused };
}

/**
 * Sends a non-maskable interrupt to every CPU of the guest through QEMU's monitor: it reaches even a CPU with
 * interrupts off.
 * @throws Error when the monitor refuses, goes away or says nothing
 */
export async function injectNmi(socketPath: string, clock: Clock = wallClock, answerMs = ANSWER_MS): Promise<void> {
  const socket = createConnection(socketPath);
  let said = '';
  let cancel = (): void => undefined;
  await new Promise<void>((resolve, reject) => {
    cancel = afterGiven(clock, answerMs, () => reject(new Error('no answer from the QEMU monitor')));
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const { done, refused } = readAnswers(said);
      if (refused !== undefined) reject(new Error(`the QEMU monitor refused: ${refused}`));
      if (done) resolve();
    });
    socket.on('error', (error) => reject(new Error(`no QEMU monitor: ${error.message}`)));
    socket.on('close', () => reject(new Error('the QEMU monitor hung up')));
    for (const execute of COMMANDS) socket.write(`${JSON.stringify({ execute })}\n`);
  }).finally(() => {
    cancel();
    socket.destroy();
  });
}
