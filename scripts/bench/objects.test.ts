import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import type { LogEntry } from '../lib/log.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { DONE, stage } from '../testing/bench.ts';
import { bpfJobs } from './jobs.ts';
import { compileObjects, inputsKey, planObjects, type Compilers } from './objects.ts';

t.test('objects: for each kernel what it can load, with the headers of the tree', async (t) => {
  const build = buildRecord(configRecord(sourceTree('/w')));
  const { compiled, program, objects } = planObjects('/p', build, 'clang-19', ['/p/main.c']);
  t.equal(compiled.length, bpfJobs().length);
  const places = compiled.flatMap(({ object, copies }) => [object, ...copies]);
  t.strictSame(
    places.sort(),
    bpfJobs()
      .flatMap((job) => job.kernels.map((kernel) => join(objects.of[kernel], `${job.object}.bpf.o`)))
      .sort(),
  );
  const line = compiled.find(({ object }) => object.endsWith('/emit-dtrace-48-1.bpf.o'))?.argv.join(' ');
  t.match(
    line,
    /^clang-19 -target bpf .*-I \/w\/tools\/dtrace -isystem \/w\/build-default\/usr\/include -c \/p\/selftests/,
  );
  t.match(line, / -c \/p\/selftests\/bench\/emit-dtrace\.bpf\.c -o \S+series\/emit-dtrace-48-1\.bpf\.o -DREC_SIZE=48 /);
  t.match(line, / -DREC_SIZE=48 -DFILL=1 -idirafter \/w\/tools\/include$/);
  t.match(
    program.join(' '),
    /^gcc .*-Werror .* -I \/w\/tools-out\/include .* \/p\/main\.c \/w\/tools-out\/libbpf\.a -lelf -lz$/,
    'with libbpf of the tree',
  );
});

/** What the benchmarks are made of, as far as anybody looks at it who compiles nothing. */
const SOURCES = {
  selftests: {
    bench: { 'emit.bpf.c': 'one', 'bench.bpf.h': '', 'README.md': '', native: { 'main.c': '', 'bench.h': '' } },
  },
  w: {},
};

t.test('objects are of their inputs: another one of any is another key', async (t) => {
  const root = t.testdir(SOURCES);
  const build = buildRecord(configRecord(sourceTree('/w')));
  const key = (more: Partial<typeof build> = {}, clang = 'clang 19.1', jobs = bpfJobs().length): string => {
    const plan = planObjects(root, { ...build, ...more }, 'clang', []);
    return inputsKey(root, { ...build, ...more }, { ...plan, compiled: plan.compiled.slice(0, jobs) }, clang);
  };
  const keys = [
    key(),
    key({}, 'clang 19.2'),
    key({ compiler: 'gcc 2' }),
    key({ source: { ...build.source, tree: 'f00d' } }),
    key({ bpfIncludes: ['/elsewhere'] }),
    key({}, 'clang 19.1', 3),
  ];
  t.equal(key(), keys[0]);
  for (const [file, text] of [
    ['bench.bpf.h', 'changed'],
    ['native/main.c', 'changed'],
    ['native/bench.h', 'changed'],
    ['more.bpf.c', ''],
  ] as const) {
    writeFileSync(join(root, 'selftests/bench', file), text);
    keys.push(key());
  }
  t.equal(new Set(keys).size, keys.length);
  writeFileSync(join(root, 'selftests/bench/README.md'), 'changed');
  t.equal(key(), keys.at(-1), 'what is no source is none of them');
});

t.test('objects are compiled once, and all of them again when one of them failed', async (t) => {
  const root = t.testdir(SOURCES);
  const build = buildRecord(configRecord(sourceTree(join(root, 'w'))));
  const ctx = stage(root);
  let ran: (readonly string[])[] = [];
  const compilers = (broken?: string): Compilers => ({
    findClang: async () => ({ command: 'clang', version: 'clang 19.1' }),
    run: async (argv) => {
      ran.push(argv);
      const object = argv[argv.indexOf('-o') + 1] ?? '';
      if (broken !== undefined && object.includes(broken)) throw new WorkbenchError('E_EXEC', 'error: expected ;');
      writeFileSync(object, argv.join(' '));
      return DONE;
    },
  });
  const all = bpfJobs().length + 1;
  t.match(await failure(compileObjects(ctx, build, compilers('/emit-8-0.'))), { code: 'E_EXEC' });
  t.ok(ran.length <= availableParallelism(), `${ran.length} were begun: the rest is left alone`);
  ran = [];
  const [objects] = await Promise.all([1, 2].map(() => compileObjects(ctx, build, compilers())));
  if (objects === undefined) throw new Error('no objects');
  t.equal(ran.length, all, 'half of it was no whole, and of two at a time one waits and finds them made');
  t.strictSame(
    readdirSync(objects.of.base).sort(),
    bpfJobs()
      .filter(({ kernels }) => kernels.includes('base'))
      .map(({ object }) => `${object}.bpf.o`)
      .sort(),
  );
  t.equal(
    readFileSync(join(objects.of.base, 'emit-8-0.bpf.o'), 'utf8'),
    readFileSync(join(objects.of.series, 'emit-8-0.bpf.o'), 'utf8'),
  );
  const dry: LogEntry[] = [];
  await compileObjects(stage(root, dry, true), { ...build, compiler: 'gcc 3' }, compilers());
  t.equal(ran.length, all, 'nor in a dry run');
  t.match(
    dry.map((entry) => 'text' in entry && entry.text),
    [/^clang -target bpf .* {3}# and \d+ more$/, /^gcc /],
  );
});
