/** From a command line to an exit code; cli.ts gives it the process, tests give it what they want. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { asWorkbenchError, EXIT, fromSystemError, WorkbenchError } from './lib/errors.ts';
import { formatError, silentLog, type Sink } from './lib/log.ts';
import { formatHelp, parseOptions, type AnyCommand, type Context } from './lib/options.ts';
import { openOutput, type Output } from './lib/output.ts';
import { createLog } from './lib/sink-log.ts';

/** A command is a file of commands/: `test:unit` is test-unit.ts. Nothing is loaded but the one that runs. */
const DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), 'commands');

export interface Surroundings {
  /** The project's directory. */
  readonly root: string;
  readonly stdout: Pick<Sink, 'write'>;
  readonly stderr: Sink;
  readonly signal: AbortSignal;
}

const INTERRUPTED = 'interrupted; run the same command again to go on\n';

function interruption(): WorkbenchError {
  return new WorkbenchError('E_INTERRUPTED', 'interrupted');
}

/** What there is to say when main() is not waited for. */
export function sayInterrupted(
  argv: readonly string[],
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
): void {
  // the cursor is behind what was drawn last
  stderr.write(`${stderr.isTTY === true ? '\n' : ''}${INTERRUPTED}`);
  openOutput({
    json: argv.includes('--json'),
    dryRun: false,
    write: (text) => void stdout.write(text),
    log: silentLog,
  }).fail(interruption());
}

export function commandNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length).replace(/^test-/, 'test:'))
    .sort();
}

/** @throws E_USAGE, E_UNKNOWN_COMMAND with all of them */
export async function load(name: string | undefined): Promise<AnyCommand> {
  const names = commandNames();
  if (name === undefined) throw new WorkbenchError('E_USAGE', `which command? one of ${names.join(', ')}`);
  if (!names.includes(name))
    throw new WorkbenchError('E_UNKNOWN_COMMAND', `unknown command ${name}; one of ${names.join(', ')}`);
  const module: unknown = await import(pathToFileURL(join(DIRECTORY, `${name.replace(':', '-')}.ts`)).href);
  if (typeof module === 'object' && module !== null && 'command' in module) return module.command as AnyCommand;
  throw new WorkbenchError('E_INTERNAL', `commands/${name}.ts exports no command`);
}

export async function main(argv: readonly string[], { root, stdout, stderr, signal }: Surroundings): Promise<number> {
  const log = createLog(stderr);
  const write = (text: string): void => {
    log.settle();
    stdout.write(text);
  };
  const complain = (text: string): void => {
    log.settle();
    stderr.write(text);
  };
  let output: Output = openOutput({ json: argv.includes('--json'), dryRun: false, write, log });
  const interrupted = (thrown?: unknown): number => {
    complain(INTERRUPTED);
    output.fail(thrown instanceof WorkbenchError && thrown.code === 'E_INTERRUPTED' ? thrown : interruption());
    return EXIT.interrupted;
  };
  try {
    const command = await load(argv[0]);
    const parsed = parseOptions(command, argv.slice(1));
    if (parsed.help) {
      write(formatHelp(command));
      return EXIT.pass;
    }
    const { args, dryRun } = parsed;
    output = openOutput({ json: parsed.json, dryRun, write, log });
    const { print, json } = output;
    const context: Context<never> = {
      root,
      args,
      options: parsed.values as never,
      json,
      dryRun,
      log: output.log,
      signal,
      print,
    };
    const code = await command.run(context);
    if (signal.aborted) return interrupted();
    output.end(code);
    return code;
  } catch (thrown: unknown) {
    const error = fromSystemError(thrown, 'a file of the cache or of out/');
    if (signal.aborted) return interrupted(error);
    const known = asWorkbenchError(error);
    complain(`${formatError(known)}\n`);
    output.fail(known);
    return known.exitCode;
  }
}
