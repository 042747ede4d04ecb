import t from 'tap';
import { EXIT, WorkbenchError } from './errors.ts';
import type { LogEntry } from './log.ts';
import { openOutput, type Output } from './output.ts';
import { standalone, type Standalone } from './standalone.ts';

function open(options: { readonly json?: boolean; readonly dryRun?: boolean }): {
  output: Output;
  said: () => string;
  logged: LogEntry[];
} {
  let said = '';
  const logged: LogEntry[] = [];
  const output = openOutput({
    json: options.json === true,
    dryRun: options.dryRun === true,
    write: (text) => void (said += text),
    log: (entry) => void logged.push(entry),
  });
  return { output, said: () => said, logged };
}

t.test('text goes out as it comes', async (t) => {
  const { output, said } = open({});
  output.print('one');
  output.print('two\n');
  output.end(0);
  t.equal(said(), 'one\ntwo\n');
});

t.test('one record: not two, and not none', async (t) => {
  const one = open({ json: true });
  one.output.print('{"a":1}');
  t.equal(one.said(), '', 'it is held back, since a failure may come after it');
  t.throws(() => one.output.print('{"a":2}'), { code: 'E_INTERNAL', message: /second one/ });
  one.output.end(0);
  t.equal(one.said(), '{"a":1}\n');
  t.throws(() => open({ json: true }).output.end(1), { code: 'E_INTERNAL', message: /without a record/ });
  const failed = open({ json: true });
  failed.output.print('{"a":1}');
  failed.output.fail(new WorkbenchError('E_USAGE', 'm'));
  t.match(JSON.parse(failed.said()), { error: { code: 'E_USAGE', exitCode: 2, next: /^npm run/ } });
});

t.test('a dry run is the commands, of the log too, as text or as one record', async (t) => {
  const say = ({ output }: { readonly output: Output }): void => {
    t.equal(output.json, false, 'commands print their dry run as text');
    output.log({ kind: 'command', text: 'make all' });
    output.log({ kind: 'note', text: 'a note' });
    output.print('# would write x\ngit am y');
    output.end(0);
  };
  const text = open({ dryRun: true });
  say(text);
  t.equal(text.said(), 'make all\n# would write x\ngit am y\n');
  t.strictSame(text.logged, [{ kind: 'note', text: 'a note' }]);
  const record = open({ dryRun: true, json: true });
  say(record);
  t.strictSame(JSON.parse(record.said()), { dryRun: ['make all', 'git am y'], notes: ['would write x'] });
});

t.test('a script that is no command: its exit code, its error as text, and an interruption', async (t) => {
  const script = async (
    work: (script: Standalone) => Promise<number>,
    stop = new AbortController(),
  ): Promise<[number, string]> => {
    let said = '';
    return [await standalone(['a'], work, { write: (text: string) => void (said += text) }, stop.signal), said];
  };
  t.strictSame(await script(async ({ args, log }) => (log({ kind: 'note', text: args.join() }), 1)), [1, '   a\n']);
  t.strictSame(
    await script(() => Promise.reject(new WorkbenchError('E_USAGE', 'no such number', { next: 'type another' }))),
    [EXIT.usage, 'E_USAGE: no such number\nnext: type another\n'],
  );
  t.match(await script(() => Promise.reject(new TypeError('a mistake of ours'))), [
    EXIT.host,
    /^E_INTERNAL: TypeError: a mistake of ours\n[\s\S]*^next: /m,
  ]);
  t.match(await script(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))), [
    EXIT.host,
    /^E_HOST_SPACE: /,
  ]);
  const stop = new AbortController();
  const aborted = async (code: number): Promise<number> => (stop.abort(), code);
  t.strictSame(await script(() => aborted(0), stop), [EXIT.interrupted, ''], 'what was stopped has not passed');
  t.strictSame(await script(() => Promise.reject(new Error('killed')), stop), [EXIT.interrupted, 'interrupted\n']);
});
