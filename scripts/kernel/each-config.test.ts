import t from 'tap';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { architectureOf } from '../lib/architecture.ts';
import { configsOf, describeFailure, eachConfig, exitCodeOf, runConfigs } from './each-config.ts';

const broken = new WorkbenchError('E_BUILD', 'the kernel does not build', {
  position: { file: 'kernel/a.c', line: 3 },
  next: 'less build.log',
});

t.test('a failure of one configuration keeps no other from running', async (t) => {
  const said: LogEntry[] = [];
  const { done, failures } = await eachConfig(
    ['a', 'b', 'c', 'd'],
    (entry) => said.push(entry),
    async (config) => {
      if (config === 'b') throw broken;
      if (config === 'c') throw new Error('a mistake of ours');
      return config;
    },
  );
  t.strictSame(done, ['a', 'd']);
  t.match(failures, [
    { config: 'b', error: { code: 'E_BUILD', exitCode: 13 } },
    { config: 'c', error: { code: 'E_INTERNAL', message: /a mistake of ours/ } },
  ]);
  t.match(said, [
    { kind: 'warn', text: /^b: kernel\/a\.c:3: E_BUILD: [\s\S]*next: less build\.log/ },
    { kind: 'warn', text: /^c: E_INTERNAL/ },
  ]);
});

t.test('an interruption is none of them', async (t) => {
  const ran: string[] = [];
  await t.rejects(
    eachConfig(['a', 'b'], silentLog, async (config) => {
      ran.push(config);
      throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
    }),
    { code: 'E_INTERRUPTED' },
  );
  t.strictSame(ran, ['a']);
});

t.test('exit codes', async (t) => {
  const boot = { config: 'debug', error: new WorkbenchError('E_BOOT', 'does not boot') };
  const build = { config: 'default', error: broken };
  t.equal(exitCodeOf([], { passed: 3, failed: 0 }), EXIT.pass);
  t.equal(exitCodeOf([], { passed: 3, failed: 1 }), EXIT.test);
  t.equal(exitCodeOf([], { passed: 0, failed: 0 }), EXIT.test, 'nothing ran');
  t.equal(exitCodeOf([boot], { passed: 3, failed: 2 }), EXIT.boot, 'no verdict is worse than a bad one');
  t.equal(exitCodeOf([build, boot], { passed: 0, failed: 0 }), EXIT.build, 'the first one');
});

t.test('names and records', async (t) => {
  t.strictSame(configsOf([]), ['default']);
  t.strictSame(configsOf(['debug', 'default', 'debug']), ['debug', 'default']);
  t.strictSame(configsOf([], architectureOf('x-arm64')), ['default-arm64']);
  t.strictSame(describeFailure({ config: 'debug', error: broken }), {
    stage: 'failure',
    config: 'debug',
    code: 'E_BUILD',
    exitCode: 13,
    message: 'the kernel does not build',
    position: { file: 'kernel/a.c', line: 3 },
    next: 'less build.log',
  });
});

t.test('a command on several configurations: a line each, or one record of all', async (t) => {
  const say = async (json: boolean, dryRun = false): Promise<[number, string[]]> => {
    const said: string[] = [];
    const code = await runConfigs(
      { json, dryRun, log: silentLog, print: (text) => said.push(text) },
      ['a', 'b', 'c'],
      async (config) => {
        if (config === 'b') throw broken;
        return { config };
      },
      (config, result) => `${config}: ${result.config}`,
    );
    return [code, said];
  };
  t.strictSame(await say(false), [EXIT.build, ['a: a', 'c: c']]);
  t.strictSame(await say(false, true), [EXIT.build, []]);
  const [code, records] = await say(true);
  t.equal(code, EXIT.build);
  t.equal(records.length, 1);
  t.match(JSON.parse(records[0] ?? ''), {
    configs: [{ config: 'a' }, { config: 'c' }],
    failures: [{ config: 'b', code: 'E_BUILD', next: 'less build.log' }],
  });
});
