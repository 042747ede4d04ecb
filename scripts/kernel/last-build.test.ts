import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeJson } from '../lib/record.ts';
import { forgetBuild, writeBuildState } from './state.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { buildSchema, type BuildRecord } from '../records/build.ts';
import { lastBuild } from './last-build.ts';

const [OLD, NEW] = ['out/20260101T000000-test-1', 'out/20260102T000000-test-1'] as const;

t.test('the newest kernel of a configuration, or why there is none, with the command that makes one', async (t) => {
  const root = t.testdir({
    out: { '20260101T000000-test-1': {}, '20260102T000000-test-1': {} },
    bzImage: 'kernel',
    build: {},
  });
  const paths = { bzImage: join(root, 'bzImage'), buildDir: join(root, 'build') };
  const record = (release: string, more: object = {}): BuildRecord => ({
    ...buildRecord(configRecord(sourceTree('/w', { tree: release })), paths),
    release,
    ...more,
  });
  /** What the build directory says of itself. */
  const built = (release: string, more: object = {}): void =>
    writeBuildState({ tree: '', record: record(release, more) });
  const refused = (message: RegExp): void => {
    const expected = { code: 'E_RECORD_MISSING', exitCode: 2, message, next: /test -- --config debug$/ };
    t.throws(() => lastBuild(root, 'debug'), expected);
  };
  refused(/no build\.debug record/);
  writeJson(join(root, OLD, 'build.debug.json'), record('6.12.1'));
  built('6.12.1');
  writeJson(join(root, NEW, 'build.default.json'), record('6.12.9'));
  t.equal(lastBuild(root, 'debug').release, '6.12.1', "another configuration's is none");
  writeJson(join(root, NEW, 'build.debug.json'), record('6.12.2'));
  built('6.12.2');
  t.equal(lastBuild(root, 'debug').release, '6.12.2');
  const other = record('7.3.0');
  const on73 = { ...other, source: { ...other.source, base: 'v7.3' } };
  writeJson(join(root, OLD, 'build.debug.json'), on73);
  writeBuildState({ tree: '', record: on73 });
  t.equal(lastBuild(root, 'debug', 'v7.3').release, '7.3.0', 'of one base, when asked');
  const none = { code: 'E_RECORD_MISSING', message: /no build.debug record of v9/, next: /--config debug --base v9$/ };
  t.throws(() => lastBuild(root, 'debug', 'v9'), none);
  built('6.12.3');
  refused(/the kernel of out\/20260102T000000-test-1 is no longer what is in .*\/build: another build began there$/);
  built('6.12.2', { configSha256: 'another' });
  refused(/no longer/);
  built('6.12.2');
  forgetBuild(join(root, 'build'));
  refused(/no longer/);
  writeJson(join(root, NEW, 'build.debug.json'), { ...record('x'), bzImage: join(root, 'gone') });
  refused(/the kernel of out\/20260102T000000-test-1 is gone: .*\/gone$/);
  writeFileSync(join(root, NEW, 'build.debug.json'), '{"stage": "build"}');
  refused(/is not a record of build/);
});

t.test('what is no record of build', async (t) => {
  const good = buildRecord(configRecord(sourceTree('/w')));
  t.ok(buildSchema.safeParse(good).success);
  const bad = [null, 'x', {}, { stage: 'build' }, { ...good, stage: 'config' }, { ...good, libbpfSo: undefined }];
  for (const value of bad) {
    t.notOk(buildSchema.safeParse(value).success);
  }
});
