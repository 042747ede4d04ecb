import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BaseContext } from '../base/context.ts';
import type { LogEntry } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { shellHas } from '../testing/hostile.ts';
import { failure } from '../testing/series.ts';
import type { Host } from './os-release.ts';
import { ensureTools } from './install.ts';
import { which } from './tools.ts';
import { fetchVirtmeNg } from './virtme-ng.ts';

const DEBIAN = { ID: 'debian' };
const ROOT: Host = { uid: 0, release: DEBIAN };

/**
 * Installs a program by its package's name, or as $APT says: fails, or needs its lists read first. Every call is noted.
 */
const APT = `#!/bin/sh
echo "$*" >> "$HERE/calls"
case "$*" in
*indextargets*) echo "Packages|Debian|Debian|main|http://mirror.example/debian/";;
*update*) touch "$HERE/lists";;
*download*) echo deb > virtme-ng_1_all.deb;;
*install*)
  if [ "$APT" = offline ]; then echo "E: Failed to fetch http://mirror.example/x"; exit 100; fi
  if [ "$APT" = empty ]; then exit 0; fi
  case "$*" in *xz-utils*)
    echo "Setting up xz-utils (1)"; printf '#!/bin/sh\\n' > "$HERE/bin/xz"; chmod +x "$HERE/bin/xz";;
  esac;;
esac
`;
const APT_CACHE = '#!/bin/sh\n[ -e "$HERE/lists" ] || exit 100\nprintf "Version: 1\\nSize: 1\\n"\n';

interface Machine {
  readonly context: BaseContext;
  readonly entries: LogEntry[];
  /** What apt-get was asked since the last call, without its options. */
  calls(): string[];
}

/** A machine that has everything for an apply but xz: PATH is one directory, and apt-get is made up. */
function machine(t: Test, apt = ''): Machine {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf install-'));
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const tool of ['git', 'tar', 'bash', 'sh', 'setpriv', 'flock', 'touch', 'chmod']) {
    const path = which(tool);
    if (path !== undefined) symlinkSync(path, join(bin, tool));
  }
  // they see nothing of this process's variables
  const put = (name: string, text: string): void =>
    writeFileSync(join(bin, name), text.replace('\n', `\nHERE='${dir}' APT='${apt}'\n`), { mode: 0o755 });
  put('apt-get', APT);
  put('apt-cache', APT_CACHE);
  shellHas(t, { PATH: bin });
  t.teardown(() => rmSync(dir, { recursive: true }));
  const entries: LogEntry[] = [];
  const file = join(dir, 'calls');
  return {
    entries,
    context: {
      cache: cachePaths({ XDG_CACHE_HOME: join(dir, 'cache') }),
      log: (entry) => void entries.push(entry),
      logFile: (step) => join(dir, `${step}.log`),
      signal: new AbortController().signal,
      machine: { packagesLock: join(dir, 'packages.lock') },
    },
    calls: () => {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      rmSync(file, { force: true });
      return lines.map((line) => line.replace(/(?:-o \S+ )+/g, ''));
    },
  };
}

t.test(
  'root on Debian: what is missing is installed and said aloud, and a repeated run installs nothing',
  async (t) => {
    const { context, entries, calls } = machine(t);
    t.strictSame(await ensureTools('apply', context, ROOT), ['xz-utils']);
    t.strictSame(
      calls(),
      ['update', 'install -y --no-install-recommends xz-utils'],
      'nothing that building or booting needs',
    );
    t.match(
      entries.find(({ kind }) => kind === 'stage'),
      { stage: 'host', text: 'installing xz-utils' },
    );
    t.ok(entries.some((entry) => entry.kind === 'command' && /^apt-get .* install .* xz-utils$/.test(entry.text)));
    t.strictSame(await ensureTools('apply', context, ROOT), []);
    t.strictSame(calls(), []);
  },
);

t.test('who may not install: exit 69 and the command to type, a row each', async (t) => {
  const { context, calls } = machine(t);
  const rows: [Host, RegExp, string][] = [
    [
      { uid: 1000, release: DEBIAN },
      /only root can install packages$/,
      'sudo apt-get update && sudo apt-get install --no-install-recommends xz-utils',
    ],
    [{ uid: 0, release: { ID: 'fedora' } }, /this system is not like Debian$/, 'sudo dnf install xz'],
    [{ uid: 0, release: { ID: 'endeavouros', ID_LIKE: 'arch' } }, /not like Debian$/, 'sudo pacman -S --needed xz'],
    [
      { uid: 0, release: { ID: 'nixos' } },
      /not like Debian$/,
      'install what Debian calls xz-utils, then run the command again',
    ],
  ];
  for (const [host, why, next] of rows) {
    const error = await failure(ensureTools('apply', context, host));
    t.match(error, { code: 'E_HOST_PACKAGES', exitCode: 69, message: why, detail: 'xz (unpacks the source package)' });
    t.equal(error.next, next);
  }
  t.strictSame(calls(), []);
});

t.test('without a network, and with a package that does not bring the tool', async (t) => {
  t.match(await failure(ensureTools('apply', machine(t, 'offline').context, ROOT)), {
    code: 'E_HOST_NETWORK',
    exitCode: 69,
    next: /check the network/,
  });
  t.match(await failure(ensureTools('apply', machine(t, 'empty').context, ROOT)), {
    code: 'E_HOST_PACKAGES',
    message: /although their packages are installed$/,
  });
});

t.test('virtme-ng of a newer release: from the configured mirror, with sources and lists of its own', async (t) => {
  const { context, entries, calls } = machine(t);
  const path = await fetchVirtmeNg(context, context.logFile('packages'));
  t.equal(path, join(context.cache.downloads, 'virtme-ng_1_all.deb'));
  t.equal(readFileSync(path, 'utf8'), 'deb\n');
  t.match(
    readFileSync(join(context.cache.apt, 'trixie/sources.list'), 'utf8'),
    /^deb \[signed-by=\S+\] http:\/\/mirror\.example\/debian\/ trixie main$/m,
  );
  t.equal(calls().length, 3);
  t.ok(
    entries.every((entry) => entry.kind !== 'command' || entry.text.includes('Dir::State::lists=')),
    "the system's lists stay as they are",
  );
});

t.test('two caches, one machine: the second waits, and finds what the first has installed', async (t) => {
  const { context, entries, calls } = machine(t);
  const cache = cachePaths({ XDG_CACHE_HOME: join(context.cache.root, 'second') });
  const both = [context, { ...context, cache }].map((each) => ensureTools('apply', each, ROOT));
  t.strictSame((await Promise.all(both)).flat(), ['xz-utils']);
  t.strictSame(calls(), ['update', 'install -y --no-install-recommends xz-utils']);
  t.ok(entries.some((entry) => entry.kind === 'note' && entry.text.startsWith('waiting for "installing packages"')));
});
