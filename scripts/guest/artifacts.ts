/**
 * What the guest runs of ours: the agent as plain JavaScript, and the native code of the topics. Keyed by content, so
 * made once.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compilerOf } from '../kernel/kbuild.ts';
import { architectureOf } from '../lib/architecture.ts';
import { exec, execError, must } from '../lib/exec.ts';
import { WorkbenchError } from '../lib/errors.ts';

/** The parts of a build record that native code is compiled against. */
export interface NativeInputs {
  readonly libbpfSo: string;
  readonly libbpfIncludes: string;
  readonly uapi: string;
  readonly config: string;
  readonly root?: string | undefined;
}
export interface NativeArtifacts {
  readonly nativeLib: string;
  readonly workload: string;
}

const TRANSPILE = join(import.meta.dirname, 'transpile.ts');
const COMPILE_MS = 120_000;
const CFLAGS = ['-O2', '-g', '-Wall', '-Wextra', '-Werror', '-fPIC', '-fno-omit-frame-pointer', '-pthread'];
/** The program's own; the library has no main. */
const MAIN = 'main.c';

function digest(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function sources(dir: string, ext: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(ext) && !name.endsWith(`.test${ext}`))
    .sort()
    .map((name) => join(dir, name));
}

/** What this process is making now: guests that start side by side need the same. */
const making = new Map<string, Promise<void>>();

function once(dir: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const made = making.get(dir) ?? make(dir, fill).finally(() => making.delete(dir));
  making.set(dir, made);
  return made;
}

/** Fills a directory under another name first, so that a killed run leaves nothing half-made behind. */
async function make(dir: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(dir)) return;
  const temporary = `${dir}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await fill(temporary);
  try {
    renameSync(temporary, dir);
  } catch (error: unknown) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(dir)) throw error;
  }
}

/**
 * The agent as JavaScript under out/, where node finds the project's packages. A TypeScript loader in the guest would
 * open thousands of files over 9p.
 * @returns path of main.js
 */
export async function emitAgent(root: string): Promise<string> {
  const files = sources(join(root, 'selftests/agent'), '.ts');
  const dir = join(root, 'out', `agent-${digest(...files.map((file) => readFileSync(file)))}`);
  await once(dir, async (temporary) => {
    // in a process of its own: the compiler needs more memory than the whole workbench, which may build a kernel after
    // this
    await must([process.execPath, '--import', import.meta.resolve('tsx'), TRANSPILE, temporary, ...files]);
  });
  return join(dir, 'main.js');
}

/** selftests/agent/native/*.c as one library and one program. @throws WorkbenchError E_BUILD with gcc's first error */
export async function compileNative(root: string, inputs: NativeInputs, signal: AbortSignal): Promise<NativeArtifacts> {
  const cc = compilerOf(architectureOf(inputs.config), inputs.root);
  const from = join(root, 'selftests/agent/native');
  const files = [...sources(from, '.h'), ...sources(from, '.c')];
  const key = digest(
    ...files,
    ...files.map((file) => readFileSync(file)),
    readFileSync(inputs.libbpfSo),
    inputs.libbpfSo,
    inputs.uapi,
    ...cc,
    ...CFLAGS,
  );
  const dir = join(root, 'out', `native-${key}`);
  await once(dir, async (temporary) => {
    const libDir = dirname(inputs.libbpfSo);
    const includes = [`-I${inputs.uapi}`, `-I${inputs.libbpfIncludes}`];
    const objects: string[] = [];
    for (const file of files.filter((name) => name.endsWith('.c'))) {
      const object = join(temporary, file.slice(from.length + 1).replace(/\.c$/, '.o'));
      await gcc([...cc, ...CFLAGS, ...includes, '-c', file, '-o', object], file, signal);
      objects.push(object);
    }
    const link = [inputs.libbpfSo, `-Wl,-rpath,${libDir}`, '-pthread'];
    const shared = objects.filter((object) => !object.endsWith(`/${MAIN.replace('.c', '.o')}`));
    await gcc([...cc, '-shared', '-o', join(temporary, 'libnative.so'), ...shared, ...link], 'libnative.so', signal);
    await gcc([...cc, '-o', join(temporary, 'workload'), ...objects, ...link], 'workload', signal);
  });
  return { nativeLib: join(dir, 'libnative.so'), workload: join(dir, 'workload') };
}

async function gcc(argv: readonly string[], file: string, signal: AbortSignal): Promise<void> {
  const result = await exec(argv, { timeoutMs: COMPILE_MS, signal });
  if (!result.failed) return;
  const [, where = file, line, col, message] =
    /^(\S+?):(\d+):(\d+): (?:fatal )?error: (.*)$/m.exec(result.stderr) ?? [];
  if (message === undefined) throw execError(result);
  throw new WorkbenchError('E_BUILD', message, {
    position: { file: where, line: Number(line), col: Number(col) },
    detail: result.stderr,
    next: 'correct it, and run the command again',
    cause: execError(result),
  });
}
