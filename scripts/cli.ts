import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EXIT, fromSystemError, WorkbenchError } from './lib/errors.ts';
import { createLog, formatError } from './lib/log.ts';
import { formatHelp, parseOptions, type AnyCommand, type Context } from './lib/options.ts';

/** A command is a file of commands/: `test:unit` is test-unit.ts. Nothing is loaded but the one that runs. */
const DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), 'commands');

function commandNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length).replace(/^test-/, 'test:'))
    .sort();
}

async function load(name: string | undefined): Promise<AnyCommand> {
  const names = commandNames();
  if (name === undefined) throw new WorkbenchError('E_USAGE', `which command? one of ${names.join(', ')}`, { next: 'npm run apply -- --help' });
  if (!names.includes(name)) throw new WorkbenchError('E_UNKNOWN_COMMAND', `unknown command ${name}; one of ${names.join(', ')}`);
  const module: unknown = await import(pathToFileURL(join(DIRECTORY, `${name.replace(':', '-')}.ts`)).href);
  if (typeof module === 'object' && module !== null && 'command' in module) return module.command as AnyCommand;
  throw new WorkbenchError('E_INTERNAL', `commands/${name}.ts exports no command`);
}

async function main(argv: readonly string[]): Promise<number> {
  const log = createLog(process.stderr);
  const interrupt = new AbortController();
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interrupt.abort();
      // the second one is a person who will not wait: exec's exit hook kills every group
      if (++signals > 1) process.exit(EXIT.interrupted);
    });
  }
  let json = argv.includes('--json');
  try {
    const command = await load(argv[0]);
    const parsed = parseOptions(command, argv.slice(1));
    if (parsed.help) {
      process.stdout.write(formatHelp(command));
      return EXIT.pass;
    }
    json = parsed.json;
    const context: Context<never> = {
      root: dirname(dirname(fileURLToPath(import.meta.url))),
      args: parsed.args,
      options: parsed.values as never,
      json,
      dryRun: parsed.dryRun,
      log,
      signal: interrupt.signal,
      print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    };
    const code = await command.run(context);
    return interrupt.signal.aborted ? EXIT.interrupted : code;
  } catch (thrown: unknown) {
    const error = fromSystemError(thrown, 'a file of the cache or of out/');
    if (interrupt.signal.aborted) {
      process.stderr.write('interrupted; run the same command again to go on\n');
      return EXIT.interrupted;
    }
    const known = error instanceof WorkbenchError
      ? error
      : new WorkbenchError('E_INTERNAL', String(error instanceof Error ? (error.stack ?? error.message) : error), { cause: error });
    process.stderr.write(`${formatError(known)}\n`);
    if (json) {
      const { code, message, position, next, detail, problems, exitCode } = known;
      process.stdout.write(`${JSON.stringify({ error: { code, message, position, next, detail, problems, exitCode } })}\n`);
    }
    return known.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
