import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeJson } from '../lib/record.ts';
import { isBuildRecord, lastBuild } from './last-build.ts';

const [OLD, NEW] = ['out/20260101T000000-test-1', 'out/20260102T000000-test-1'] as const;

t.test('the newest kernel of a configuration, or why there is none, with the command that makes one', async (t) => {
  const root = t.testdir({ out: { '20260101T000000-test-1': {}, '20260102T000000-test-1': {} }, bzImage: 'kernel' });
  const record = (release: string): object => ({ stage: 'build', release, bzImage: join(root, 'bzImage'), dotconfig: '', libbpfSo: '', uapi: '', buildDir: '' });
  const refused = (message: RegExp): void => void t.throws(() => lastBuild(root, 'debug'), { code: 'E_RECORD_MISSING', exitCode: 2, message, next: /test -- --config debug$/ });
  refused(/no build\.debug record/);
  writeJson(join(root, OLD, 'build.debug.json'), record('6.12.1'));
  writeJson(join(root, NEW, 'build.default.json'), record('6.12.9'));
  t.equal(lastBuild(root, 'debug').release, '6.12.1', 'another configuration\'s is none');
  writeJson(join(root, NEW, 'build.debug.json'), record('6.12.2'));
  t.equal(lastBuild(root, 'debug').release, '6.12.2');
  writeJson(join(root, NEW, 'build.debug.json'), { ...record('x'), bzImage: join(root, 'gone') });
  refused(/the kernel of out\/20260102T000000-test-1 is gone: .*\/gone$/);
  writeFileSync(join(root, NEW, 'build.debug.json'), '{"stage": "build"}');
  refused(/is not a record of build/);
});

t.test('what is a record of build', async (t) => {
  for (const value of [null, 'x', {}, { stage: 'build' }, { stage: 'config', bzImage: '', dotconfig: '', libbpfSo: '', uapi: '', buildDir: '' }]) t.notOk(isBuildRecord(value));
});
