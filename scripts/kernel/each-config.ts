/** Several configurations in one run: what is wrong with one says nothing about the others. */
import { asWorkbenchError, EXIT, type WorkbenchError } from '../lib/errors.ts';
import { formatError, type Log } from '../lib/log.ts';
import { configFor, DEFAULT_ARCHITECTURE } from '../lib/architecture.ts';
import type { Context } from '../lib/options.ts';
import type { FailureRecord } from '../records/run.ts';
import type { Totals } from '../records/selftest.ts';

interface ConfigFailure {
  readonly config: string;
  readonly error: WorkbenchError;
}

export interface EachConfig<T> {
  readonly done: readonly T[];
  readonly failures: readonly ConfigFailure[];
}

/** Of every command that works on configurations of kconfig/. */
export const CONFIG_OPTIONS = {
  config: { type: 'list', value: 'NAME', summary: 'configurations of kconfig/ (default: default)' },
} as const;

/** The configurations that were asked for, each once. */
export function configsOf(asked: readonly string[], arch = DEFAULT_ARCHITECTURE): string[] {
  return [...new Set((asked.length === 0 ? ['default'] : asked).map((name) => configFor(name, arch)))];
}

/** Runs `work` for each; a failure is said aloud and kept, and the next one runs. @throws E_INTERRUPTED at once */
export async function eachConfig<T>(
  configs: readonly string[],
  log: Log,
  work: (config: string) => Promise<T>,
): Promise<EachConfig<T>> {
  const done: T[] = [];
  const failures: ConfigFailure[] = [];
  for (const config of configs) {
    try {
      done.push(await work(config));
    } catch (thrown: unknown) {
      const error = asWorkbenchError(thrown);
      if (error.code === 'E_INTERRUPTED') throw error;
      log({ kind: 'warn', text: `${config}: ${formatError(error)}` });
      failures.push({ config, error });
    }
  }
  return { done, failures };
}

/** A whole command of that kind: a line for each configuration, or one record of all. Resolves to the exit code. */
export async function runConfigs<T>(
  ctx: Pick<Context, 'json' | 'dryRun' | 'log' | 'print'>,
  configs: readonly string[],
  work: (config: string) => Promise<T>,
  format: (config: string, result: T) => string,
): Promise<number> {
  const { done, failures } = await eachConfig(configs, ctx.log, async (config) => {
    const result = await work(config);
    if (!ctx.dryRun && !ctx.json) ctx.print(format(config, result));
    return result;
  });
  if (ctx.json) ctx.print(JSON.stringify({ configs: done, failures: failures.map(describeFailure) }));
  return failures[0]?.error.exitCode ?? EXIT.pass;
}

/**
 * A configuration that got no verdict is worse than failing tests: the code is the first one's that failed. Nothing
 * failed and nothing passed is no success either.
 */
export function exitCodeOf(failures: readonly ConfigFailure[], tests: Pick<Totals, 'passed' | 'failed'>): number {
  const [first] = failures;
  if (first !== undefined) return first.error.exitCode;
  return tests.failed === 0 && tests.passed > 0 ? EXIT.pass : EXIT.test;
}

/** What a record keeps of a failure. */
export function describeFailure({ config, error }: ConfigFailure): FailureRecord {
  const { code, exitCode, message, position, next } = error;
  return { stage: 'failure', config, code, exitCode, message, ...(position === undefined ? {} : { position }), next };
}
