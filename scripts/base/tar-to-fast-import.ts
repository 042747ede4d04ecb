// A filter between xz and git fast-import. It is a process of its own, so that 1.5 GB never pass through the workbench.
import { once } from 'node:events'
import { fastImport } from './fast-import.ts'
import { readTar, type TarEntry } from './tar.ts'

/** One write of this size costs less than many of a few bytes. */
const BATCH_BYTES = 256 * 1024
const REPORT_FILES = 500

async function* counted(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  let files = 0
  for await (const entry of entries) {
    yield entry
    if (++files % REPORT_FILES === 0) process.stderr.write(`files ${files}\n`)
  }
}

const [ref = '', identity = '', message = ''] = process.argv.slice(2)
const batch = Buffer.alloc(BATCH_BYTES)
let used = 0
async function write(buffer: Buffer): Promise<void> {
  if (!process.stdout.write(buffer)) await once(process.stdout, 'drain')
}
try {
  for await (const piece of fastImport(counted(readTar(process.stdin)), { ref, identity, message })) {
    if (used + piece.length > BATCH_BYTES) {
      await write(Buffer.from(batch.subarray(0, used)))
      used = 0
    }
    if (piece.length > BATCH_BYTES) await write(Buffer.from(piece))
    else used += piece.copy(batch, used)
  }
  await write(batch.subarray(0, used))
} catch (error: unknown) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
