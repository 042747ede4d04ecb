import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dryRunApply } from '../apply/dry-run.ts';
import { exec } from '../lib/exec.ts';
import { loadSeries } from '../series/load.ts';
import { fakeApt, withFakeApt } from '../testing/fake-apt.ts';
import { git, writeManifest, type Fixture } from '../testing/project.ts';
import { failure } from '../testing/series.ts';
import { editManifest } from '../testing/two-bases.ts';
import { resolveBase } from './resolve.ts';

t.setTimeout(300_000);

const MIRROR = 'http://mirror.example.org/debian/';

/** An apt whose own lists do not know the package: only those of the suite do, when they were read. */
function newerSuite(f: Fixture, mirror: string | undefined): void {
  fakeApt(f, '6.12.1-1');
  const bin = join(f.dir, 'bin');
  const home = join(f.context.cache.apt, 'newer-backports');
  const real = (name: string): string => {
    execFileSync('mv', [join(bin, name), join(bin, `known-${name}`)]);
    return `exec '${join(bin, `known-${name}`)}' "$@"`;
  };
  const only = `case "$*" in *'Dir::State::lists=${join(home, 'lists')}'*) ;; *) exit 100;; esac`;
  writeFileSync(
    join(bin, 'apt-cache'),
    `#!/bin/sh\n${only}\n[ -e '${f.dir}/updated' ] || exit 100\n${real('apt-cache')}\n`,
    {
      mode: 0o755,
    },
  );
  const line = mirror === undefined ? '' : `Packages|Debian|Debian|main|${mirror}`;
  writeFileSync(
    join(bin, 'apt-get'),
    `#!/bin/sh
case "$*" in
  indextargets*) echo 'Packages|Other|Other|main|http://other/'; echo '${line}'; exit;;
esac
${only}
case "$*" in
  *update*) cp '${home}/sources.list' '${f.dir}/updated'; exit;;
esac
${real('apt-get')}
`,
    { mode: 0o755 },
  );
}

function withSuite(f: Fixture): void {
  writeManifest(f.project, []);
  editManifest(f, (text) =>
    text.replace(
      'patches:',
      '    suite: newer-backports\n  v6.1:\n    kernel: "6.1"\n    debian: linux-source-0.2\npatches:',
    ),
  );
}

t.test('a package of a newer suite comes from the mirror that apt is configured for', async (t) => {
  const f = withFakeApt(t, 'suite');
  newerSuite(f, MIRROR);
  withSuite(f);
  const series = loadSeries(f.project);
  const base = await resolveBase(series.data, {}, f.context);
  t.match(base, { name: 'v6.12', kernel: '6.12.1', origin: 'linux-source-0.1 6.12.1-1' });
  t.match(
    readFileSync(join(f.dir, 'updated'), 'utf8'),
    new RegExp(`^deb \\[signed-by=.*\\] ${MIRROR} newer-backports main\n$`),
  );
  rmSync(f.context.cache.root, { recursive: true });
  rmSync(join(f.dir, 'updated'));
  const text = dryRunApply(series, {}, f.context.cache);
  const pasted = await exec(['bash', '-ec', text], { cwd: f.project, env: { GIT_CONFIG_GLOBAL: '/dev/null' } });
  t.equal(pasted.exitCode, 0, pasted.stderr);
  const repo = join(f.context.cache.bases, base.key, 'repo.git');
  t.equal(git(repo, 'rev-parse', 'refs/heads/base').trim(), base.commit, 'and what a dry run prints does the same');
});

t.test('when the default base cannot be had, the next command is on another one', async (t) => {
  const f = withFakeApt(t, 'none');
  newerSuite(f, undefined);
  withSuite(f);
  const { data } = loadSeries(f.project);
  const error = await failure(resolveBase(data, {}, f.context));
  t.match(error, { code: 'E_HOST_PACKAGES', exitCode: 69, message: /newer-backports/ });
  t.match(error.next, /^npm run apply -- --base v6\.1 {2}# or, for the default base: apt-get update/);
  const asked = await failure(resolveBase(data, { base: 'v6.12' }, f.context));
  t.match(asked, { code: 'E_HOST_PACKAGES', next: /^apt-get update/ }, 'a base that was asked for is meant');
  t.notOk(existsSync(join(f.dir, 'updated')));
});
