import { parseArgs } from 'node:util';
import { WorkbenchError } from './errors.ts';
import type { Log } from './log.ts';

/** One row of a command's option table: it drives parsing, `--help` and the unknown-option error. */
export type OptionSpec =
  | { readonly type: 'flag'; readonly summary: string }
  | { readonly type: 'string'; readonly value: string; readonly summary: string; readonly default?: string }
  /** May be given several times; commas separate too. */
  | { readonly type: 'list'; readonly value: string; readonly summary: string };

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type OptionValue<S extends OptionSpec> = S extends { type: 'flag' }
  ? boolean
  : S extends { type: 'list' }
    ? readonly string[]
    : S extends { default: string }
      ? string
      : string | undefined;

export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: OptionValue<T[K]> };

export interface Context<T extends OptionTable = OptionTable> {
  /** The project's directory. */
  readonly root: string;
  /** Positional arguments. */
  readonly args: readonly string[];
  readonly options: OptionValues<T>;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly log: Log;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** The only way to write on stdout: the command's result. */
  readonly print: (text: string) => void;
}

export interface Command<T extends OptionTable = OptionTable> {
  readonly name: string;
  readonly summary: string;
  /** What follows `npm run NAME -- `, for the usage line. */
  readonly usage: string;
  readonly options: T;
  /** Whether positional arguments are allowed; otherwise they are errors. */
  readonly positional?: boolean;
  /** Resolves to the exit code. */
  run(ctx: Context<T>): Promise<number>;
}

/** Keeps the option table's literal types, so that `ctx.options` is typed by it. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command<T> {
  return command;
}

/** What cli.ts holds: a command whose option types no longer matter. */
export interface AnyCommand extends Omit<Command, 'run'> {
  run(ctx: Context<never>): Promise<number>;
}

const COMMON: OptionTable = {
  help: { type: 'flag', summary: 'show this text' },
  'dry-run': { type: 'flag', summary: 'print the exact commands and change nothing' },
  json: { type: 'flag', summary: 'one JSON record on stdout, progress on stderr' },
};

export interface Parsed {
  readonly args: string[];
  readonly values: Record<string, boolean | string | string[] | undefined>;
  readonly help: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Parses `argv` by the table; every kind of misuse is an E_USAGE or E_UNKNOWN_OPTION. */
export function parseOptions(
  command: Pick<Command, 'name' | 'options' | 'positional'>,
  argv: readonly string[],
): Parsed {
  const table: OptionTable = { ...command.options, ...COMMON };
  const next = `npm run ${command.name} -- --help`;
  const { tokens, positionals: args } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(table).map(([name, { type }]) => [
        name,
        {
          type: type === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    ),
    // what is wrong is said here, with the next command
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Parsed['values'] = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      spec.type === 'flag' ? false : spec.type === 'list' ? [] : spec.default,
    ]),
  );
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) {
      throw new WorkbenchError('E_UNKNOWN_OPTION', `unknown option ${rawName}${suggestion(name, Object.keys(table))}`, {
        next,
      });
    }
    if (spec.type === 'flag') {
      if (value !== undefined) throw new WorkbenchError('E_USAGE', `--${name} takes no value`, { next });
      values[name] = true;
    } else if (value === undefined || value === '') {
      throw new WorkbenchError('E_USAGE', `--${name} needs a value: --${name} ${spec.value}`, { next });
    } else {
      const before = values[name];
      values[name] = Array.isArray(before) ? [...before, ...value.split(',').filter(Boolean)] : value;
    }
  }
  if (args.length > 0 && command.positional !== true) {
    throw new WorkbenchError('E_USAGE', `${command.name} takes no arguments: ${args.join(' ')}`, { next });
  }
  return {
    args,
    values,
    help: values['help'] === true,
    dryRun: values['dry-run'] === true,
    json: values['json'] === true,
  };
}

/** Names within one edit, or that the wrong word begins or contains. */
function suggestion(wrong: string, names: readonly string[]): string {
  const near = names.find((name) => name.startsWith(wrong) || wrong.startsWith(name) || withinOneEdit(wrong, name));
  return near === undefined || wrong === '' ? '' : `; did you mean --${near}?`;
}

function withinOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return a.slice(i + 1) === b.slice(i) || a.slice(i) === b.slice(i + 1) || a.slice(i + 1) === b.slice(i + 1);
}

export function formatHelp(command: Pick<Command, 'name' | 'summary' | 'usage' | 'options'>): string {
  const rows = Object.entries({ ...command.options, ...COMMON }).map(([name, spec]) => {
    const left = spec.type === 'flag' ? `--${name}` : `--${name} ${spec.value}`;
    const fallback = spec.type === 'string' && spec.default !== undefined ? ` (default ${spec.default})` : '';
    return [left, `${spec.summary}${fallback}`] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `npm run ${command.name} -- ${command.usage}`.trimEnd(),
    '',
    command.summary,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    '',
  ].join('\n');
}
