/**
 * Programs that a tree cannot compile, with the real compiler: an error, or for a part of the series just no object.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { planRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { compilePrograms } from './bpf.ts';

t.setTimeout(300_000);

t.test('what needs a later patch has no object, also where an earlier tree had one', async (t) => {
  const root = t.testdir({
    'vmlinux.h': '',
    libbpf: { bpf: {} },
    build: {},
    progs: { 'one.bpf.c': 'int one = 1;\n', 'two.bpf.c': 'int two = 2;\n' },
  });
  useCacheHome(t, join(root, 'cache'));
  const { signal } = new AbortController();
  const ctx: StageContext = { root, log: silentLog, signal, run: planRun(root, 'test'), dryRun: false };
  const build = buildRecord(configRecord(sourceTree(root)), {
    buildDir: join(root, 'build'),
    vmlinuxH: join(root, 'vmlinux.h'),
    libbpfIncludes: join(root, 'libbpf'),
    bpfIncludes: [],
    uapi: root,
  });
  const sources = join(root, 'progs');
  const objects = (dir: string): string[] => readdirSync(dir).filter((file) => file.endsWith('.o'));
  const whole = await compilePrograms(ctx, build, sources);
  t.strictSame(objects(whole.dir), ['one.bpf.o', 'two.bpf.o']);

  writeFileSync(join(root, 'progs/two.bpf.c'), 'int two = later();\n');
  await t.rejects(compilePrograms(ctx, build, sources), {
    constructor: WorkbenchError,
    code: 'E_BUILD',
    message: '1 BPF programs do not compile',
  });
  const told: Problem[] = [];
  const part = await compilePrograms(ctx, build, sources, (problems) => void told.push(...problems));
  t.match(told, [{ code: 'bpf-program', position: { file: join(root, 'progs/two.bpf.c') } }]);
  t.strictSame(objects(part.dir), ['one.bpf.o']);
  t.strictSame(part.reused, ['one.bpf.c']);
});
