// The end of the pipe that unpacks a source package: OBJECTS/PACK IDENTITY MESSAGE. It is a process of its own, so that
// 1.5 GB never pass through the workbench. Prints the commit's id.
import { importTar } from './import-tar.ts';
import { PackWriter } from './pack.ts';
import { readTar, type TarEntry } from './tar.ts';

const REPORT_FILES = 500;

async function* counted(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  let files = 0;
  for await (const entry of entries) {
    yield entry;
    if (++files % REPORT_FILES === 0) process.stderr.write(`files ${files}\n`);
  }
}

const [directory = '', identity = '', message = ''] = process.argv.slice(2);
try {
  const pack = new PackWriter(directory);
  const commit = await importTar(counted(readTar(process.stdin)), pack, { identity, message });
  pack.finish();
  process.stderr.write(`commit ${commit}\n`);
} catch (error: unknown) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
