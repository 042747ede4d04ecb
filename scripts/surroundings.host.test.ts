/** Commands in a shell that has everything that must not matter. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { cloneProject, type Outcome } from './testing/cli.ts';
import { HOSTILE, PROXY } from './testing/hostile.ts';
import { ownState, withSeries } from './testing/series.ts';

t.setTimeout(300_000);

const first = await withSeries('surroundings');
t.teardown(first.remove);
const clone = cloneProject('surroundings', first);

/** A person's own settings, each of which would change a result. */
const home = join(first.dir, 'home');
const SETTINGS: Readonly<Record<string, string>> = {
  '.gitconfig':
    '[core]\n\tautocrlf = true\n[am]\n\tkeepcr = true\n[commit]\n\tgpgsign = true\n[user]\n\tname = Other\n',
  '.config/git/ignore': '*\n',
  '.config/git/attributes': '* -text -diff\n',
  '.config/virtme-ng/virtme-ng.conf': '{ "default_opts": { "memory": "1M" } }\n',
};
for (const [file, text] of Object.entries(SETTINGS)) {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), text);
}

const places = {
  long: join(first.dir, 'l'.repeat(100)),
  blank: join(first.dir, 'a blank'),
  comma: join(first.dir, 'a,comma'),
};
for (const path of Object.values(places)) mkdirSync(path);

const SHELLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'every variable that a tool knows': { ...HOSTILE, ...PROXY, HOME: home, NODE_OPTIONS: '--no-deprecation' },
  'a long TMPDIR': { TMPDIR: places.long },
  'a TMPDIR with a blank': { TMPDIR: places.blank },
  'a TMPDIR with a comma': { TMPDIR: places.comma },
  'a TMPDIR that is not there': { TMPDIR: join(first.dir, 'missing') },
  'a TMPDIR in which nothing can be made': { TMPDIR: '/proc' },
};

/** The series on a small tree, from nothing. */
async function applied(
  t: { readonly teardown: (handler: () => void) => unknown },
  run: (argv: readonly string[], cache: string) => Promise<Outcome>,
): Promise<Outcome & { readonly kept: boolean }> {
  const f = await withSeries('surroundings');
  t.teardown(f.remove);
  const before = ownState(f.kernel);
  const outcome = await run(['apply', '--tree', f.kernel, '--json'], dirname(f.context.cache.root));
  return { ...outcome, kept: ownState(f.kernel).join() === before.join() };
}

const ids = ({ stdout, stderr }: Outcome): unknown => {
  if (!stdout.startsWith('{')) return stderr;
  const { head, tree, error } = JSON.parse(stdout) as Record<string, unknown>;
  return error ?? { head, tree };
};

t.test('apply makes the same commits in every shell', async (t) => {
  const expected = ids(await applied(t, (argv, cache) => clone.run(argv, undefined, { XDG_CACHE_HOME: cache })));
  t.match(expected, { head: /^[0-9a-f]{40}$/ });
  for (const [name, shell] of Object.entries(SHELLS)) {
    const outcome = await applied(t, (argv, cache) => clone.run(argv, undefined, { ...shell, XDG_CACHE_HOME: cache }));
    t.strictSame([outcome.code, ids(outcome), outcome.kept], [0, expected, true], name);
  }
  const strict = await applied(t, (argv, cache) =>
    clone.paste('umask 077; exec "$0" "$@"', { XDG_CACHE_HOME: cache }, [
      process.execPath,
      'scripts/bootstrap.mjs',
      ...argv,
    ]),
  );
  t.strictSame([strict.code, ids(strict), strict.kept], [0, expected, true], 'a strict umask');
});

t.test('what only looks says the same in a shell with all of it', async (t) => {
  const own = { XDG_CACHE_HOME: join(first.dir, 'looks') };
  for (const argv of [
    ['apply', '--tree', first.kernel, '--dry-run'],
    ['doctor', '--json'],
  ]) {
    /** Not what changes by itself. */
    const stable = ({ code, stdout }: Outcome): string =>
      `${code} ${stdout.replace(/"(?:freeBytes|accel|totalBytes)":[^,}]*|"reason":"[^"]*"/g, '')}`;
    const expected = stable(await clone.run(argv, undefined, own));
    t.match(expected, /^0 ./);
    const all = { ...SHELLS['every variable that a tool knows'], TMPDIR: places.comma, ...own };
    t.equal(stable(await clone.run(argv, undefined, all)), expected, argv.join(' '));
  }
});
