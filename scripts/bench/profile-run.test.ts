import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ExecResult } from '../lib/exec.ts';
import type { LogEntry } from '../lib/log.ts';
import { OBJECTS, scripted } from '../testing/bench-guest.ts';
import { DONE, stage } from '../testing/bench.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { PROFILED } from './profile.ts';
import { profile } from './profile-run.ts';

t.test('profiles: the plugin counts one program after the other, and none is left out', async (t) => {
  const root = t.testdir({
    'System.map': 'ffffffff81000000 T bpf_ktime_get_ns\nffffffff81000100 T commit\n',
    'no.map': 'ffffffff81000100 T commit\n',
  });
  const said: LogEntry[] = [];
  const ctx = stage(root, said);
  const build = buildRecord(configRecord(sourceTree('/w')), { systemMap: join(root, 'System.map') });
  const wanted = PROFILED.slice(0, 2);
  const counts = (at: number): string => join(ctx.run.dir, `profile.counts.${at}`);
  const batches = Array.from({ length: 100 }, (_, at) => at);
  const compiled: (readonly string[])[] = [];
  const compile = async (argv: readonly string[]): Promise<ExecResult> => (compiled.push(argv), DONE);
  const guest = scripted(([program]) => {
    if (program === OBJECTS.program)
      for (const at of batches) writeFileSync(counts(at), `ffffffff81000104 ${at < 50 ? 640 : 1280} 1\n`);
    return undefined;
  });
  t.match(
    await profile(ctx, build, OBJECTS, wanted, compile, guest.start),
    wanted.map(({ label }, at) => ({ label, section: 'emit', shares: [{ name: 'commit', value: 10 * (at + 1) }] })),
  );
  t.match(compiled, [[/^gcc$/, '-shared']]);
  t.match(guest.booted, [
    {
      icount: true,
      qemuOpts: ['-plugin', /profile-plugin\.so,mark=0xffffffff81000000,out=.*profile\.counts$/],
      append: ['nokaslr', /^spectre/],
    },
  ]);
  t.strictSame(guest.ran.at(-1), {
    argv: ['/o/bench', '/o/series', '50', 'profile'],
    env: { BENCH_PROFILES: 'emit-dtrace-48-0/dtrace_reserve/watermark emit-48-0/ringbuf_reserve/watermark' },
  });

  rmSync(counts(99));
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, scripted(() => undefined).start)), {
    code: 'E_BOOT',
    exitCode: 14,
    message: /no counts of ringbuf reserve:/,
  });
  const failing = scripted(([program]) =>
    program === OBJECTS.program ? { exitCode: 1, stderr: 'no program x\n' } : undefined,
  );
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, failing.start)), {
    code: 'E_TEST',
    detail: 'no program x\n',
  });
  t.equal(failing.stopped, 1);
  const unmarked = scripted(() => undefined);
  t.match(
    await failure(
      profile(ctx, { ...build, systemMap: join(root, 'no.map') }, OBJECTS, wanted, compile, unmarked.start),
    ),
    { code: 'E_BUILD', message: /no\.map has no bpf_ktime_get_ns$/ },
  );
  t.strictSame(unmarked.booted, [], 'nothing is booted that could count nothing');
  const dry: LogEntry[] = [];
  t.equal(await profile(stage(root, dry, true), build, OBJECTS, wanted, compile, unmarked.start), null);
  t.match(dry, { 0: { kind: 'command', text: /^gcc -shared / }, length: 1 });
});
