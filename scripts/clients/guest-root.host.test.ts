/** What becomes of a guest root, with stand-ins for apt and mmdebstrap: no suite, no package, an end in the middle. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { silentLog } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { guestRoot, type GuestRoot } from './guest-root.ts';

interface Machine {
  readonly dir: string;
  readonly builds: string;
  make(): Promise<GuestRoot>;
  /** Programs that were run, with their arguments. */
  calls(): string[];
}

/** @param suites of the mirror, with their packages */
function machine(
  t: Test,
  suites: Readonly<Record<string, string>>,
  mirror = 'http://mirror.example.org/debian/',
): Machine {
  const dir = t.testdir({ bin: {}, suites });
  const bin = join(dir, 'bin');
  const place = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/bash\necho "${name} $*" >> '${dir}/calls'\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const inPlace = `case "$*" in */apt/$(basename "$file")/*) suite=$file;; esac`;
  const ofSuite = `for file in '${dir}'/suites/*; do ${inPlace}; done`;
  const target = mirror && `Packages|Debian|Debian|main|${mirror}`;
  place('apt-get', `[ "$1" = indextargets ] && { echo '${target}'; exit; }\n${ofSuite}\n[ -n "$suite" ]`);
  const version = `printf 'Version: 1-%s\\n' "$name"`;
  place('apt-cache', `${ofSuite}\nname=\${*: -1}; grep -qw -- "$name" "$suite" || exit 100\n${version}`);
  const whole = `[ ! -e '${dir}/broken' ] && touch "$root/whole"`;
  place('unshare', `root=\${*: -2:1}; mkdir "$root" && touch "$root/begun" && ${whole}`);
  const { PATH: path } = process.env;
  process.env['PATH'] = `${bin}:${path}`;
  t.teardown(() => void (process.env['PATH'] = path));
  useCacheHome(t, join(dir, 'cache'));
  mkdirSync(join(dir, 'project'));
  const { signal } = new AbortController();
  return {
    dir,
    builds: join(dir, 'cache/dtrace-bpf/builds'),
    make: () =>
      guestRoot({
        root: join(dir, 'project'),
        log: silentLog,
        signal,
        dryRun: false,
        run: openRun(join(dir, 'project'), 'clients'),
      }),
    calls: () => readFileSync(join(dir, 'calls'), 'utf8').split('\n').filter(Boolean),
  };
}

const HOST = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';

t.test('the newest suite, once: the second time nothing is run', async (t) => {
  const one = machine(t, {
    unstable: 'bpftrace linux-perf bpftool bpfcc-tools dtrace dtrace-tests xz-utils gcc libbpf-dev libc6-dev',
    [HOST]: '',
  });
  const made = await one.make();
  t.match(made, { suite: 'unstable', packages: { dtrace: '1-dtrace', 'linux-perf': '1-linux-perf' } });
  t.ok(existsSync(join(made.dir, 'whole')));
  t.match(one.calls().at(-1), /^unshare .*mmdebstrap .*--include=bpftrace,.* unstable \S+ http:\/\/mirror/);
  const before = one.calls().length;
  t.strictSame(await one.make(), made);
  t.equal(one.calls().length, before);
});

t.test('without the newest suite it is the one of this machine, with what that has', async (t) => {
  const one = machine(t, { [HOST]: 'bpftrace linux-perf bpftool bpfcc-tools xz-utils' });
  const { suite, packages } = await one.make();
  t.equal(suite, HOST);
  t.notOk('dtrace' in packages, 'its clients are skipped');
  t.ok('bpftrace' in packages);
});

t.test('an end in the middle leaves no root, and the next time it is made anew', async (t) => {
  const one = machine(t, { unstable: 'bpftrace' });
  writeFileSync(join(one.dir, 'broken'), '');
  await t.rejects(one.make(), { code: 'E_EXEC' });
  t.match(readdirSync(one.builds), [/\.half$/], 'as after a kill');
  rmSync(join(one.dir, 'broken'));
  const made = await one.make();
  t.match(readdirSync(one.builds), [/^clients-[0-9a-f]{16}$/]);
  t.ok(existsSync(join(made.dir, 'whole')));
});

t.test('no mirror, or one without any suite, is told with the next command', async (t) => {
  await t.rejects(machine(t, {}, '').make(), { code: 'E_HOST_PACKAGES', next: /^apt-get update/ });
});

t.test('a mirror without any suite', async (t) => {
  await t.rejects(machine(t, {}).make(), { code: 'E_HOST_NETWORK', next: /npm run clients$/ });
});
