import t from 'tap';
import { WorkbenchError } from './errors.ts';
import type { LogEntry } from './log.ts';
import { openOutput, type Output } from './output.ts';

function open(options: { readonly json?: boolean; readonly dryRun?: boolean }): { output: Output; said: () => string; logged: LogEntry[] } {
  let said = '';
  const logged: LogEntry[] = [];
  const output = openOutput({ json: options.json === true, dryRun: options.dryRun === true, write: (text) => void (said += text), log: (entry) => void logged.push(entry) });
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
