/**
 * The guest's side: reads requests from the virtio port, answers them in order. argv: port, libbpf.so, native library.
 */
import { openSync, read, writeSync } from 'node:fs';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { foreign, useLibraries } from './koffi.ts';
import { execOps } from './ops-exec.ts';
import { linkOps } from './ops-link.ts';
import { mapOps } from './ops-map.ts';
import { nativeOps } from './ops-native.ts';
import { objectOps } from './ops-object.ts';
import { perfOps } from './ops-perf.ts';
import { progOps } from './ops-prog.ts';
import { systemOps } from './ops-system.ts';
import type { Handlers } from './context.ts';
import type { OpName, RequestFrame, ResponseFrame } from './protocol.ts';

const [port = '', libbpf = '', native = ''] = process.argv.slice(2);
const CHUNK_BYTES = 65_536;
/** The other end of the port is not open: a read returns 0 at once. */
const NO_HOST_PAUSE_MS = 50;

const handlers: Handlers<OpName> = {
  ...objectOps,
  ...progOps,
  ...mapOps,
  ...linkOps,
  ...perfOps,
  ...nativeOps,
  ...execOps,
  ...systemOps,
};

async function answer(frame: RequestFrame): Promise<ResponseFrame> {
  const { id, op, request } = frame;
  try {
    const handler = handlers[op] as ((request: unknown) => unknown) | undefined;
    if (handler === undefined) throw new Error(`no operation ${op}`);
    return { id, response: await handler(request) };
  } catch (error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EAGENT';
    const errno = error instanceof Error && 'errno' in error ? Math.abs(Number(error.errno)) : 0;
    return { id, error: { message: `${op}: ${message}`, code, errno } };
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function readSome(fd: number, room: Buffer): Promise<number> {
  return new Promise((resolve, reject) =>
    read(fd, room, 0, room.length, null, (error, n) => (error === null ? resolve(n) : reject(error))),
  );
}

async function serve(): Promise<void> {
  useLibraries(libbpf, native);
  foreign('native', 'void nat_log_capture()')();
  const fd = openSync(port, 'r+');
  const decoder = new FrameDecoder();
  const room = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const n = await readSome(fd, room);
    if (n === 0) await new Promise((resolve) => setTimeout(resolve, NO_HOST_PAUSE_MS));
    for (const frame of decoder.push(Buffer.from(room.subarray(0, n))))
      writeAll(fd, encodeFrame(await answer(frame as RequestFrame)));
  }
}

await serve();
