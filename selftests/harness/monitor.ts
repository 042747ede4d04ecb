import { createConnection } from 'node:net';

const ANSWER_MS = 10_000;

/** Sends a non-maskable interrupt to every CPU of the guest through QEMU's monitor: it reaches even a CPU with interrupts off. */
export async function injectNmi(socketPath: string): Promise<void> {
  const socket = createConnection(socketPath);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer from the QEMU monitor')), ANSWER_MS);
    let answers = 0;
    socket.setEncoding('utf8').on('data', (text: string) => {
      answers += text.split('\n').filter((line) => line.includes('"return"')).length;
      if (answers < 2) return;
      clearTimeout(timer);
      resolve();
    });
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.write('{"execute":"qmp_capabilities"}\n{"execute":"inject-nmi"}\n');
  }).finally(() => socket.destroy());
}
