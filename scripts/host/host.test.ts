import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { planClean, type Item } from '../clean/plan.ts';
import { whyNotInstall } from './debian-like.ts';
import { formatDoctor, type Findings } from './doctor.ts';
import { NEEDS } from './needs.ts';
import { installCommand } from './install-command.ts';
import { kvmRights } from './kvm.ts';
import { parseOsRelease } from './os-release.ts';
import { findNeed, packagesOf, which } from './tools.ts';
import { mirrorOf } from '../base/suite.ts';
import { sequence } from '../testing/pattern.ts';

t.test('a need is met by a program or a file, however it was installed', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf host-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'tool'), '', { mode: 0o755 });
  writeFileSync(join(dir, 'data'), '');
  t.equal(which('tool', `/nowhere:${dir}`), join(dir, 'tool'));
  t.equal(which('data', dir), undefined, 'not executable');
  t.equal(findNeed({ probe: ['no-such-tool', join(dir, 'data')], package: 'p', why: '' }, {}), join(dir, 'data'));
  t.equal(findNeed({ probe: ['no-such-tool'], package: 'p', why: '' }, {}), undefined);
  const compiler = { probe: ['no-such-tool'], package: 'p', why: '', elsewhere: [join(dir, 'data')] };
  t.equal(findNeed(compiler, { ID: 'debian' }), undefined, 'here it is the old version');
  t.equal(findNeed(compiler, { ID: 'fedora' }), join(dir, 'data'));
});

t.test('apply needs nothing that building or booting needs', async (t) => {
  t.strictSame(
    NEEDS.apply.map(({ package: name }) => name),
    ['git', 'xz-utils', 'tar', 'bash', 'util-linux'],
  );
  for (const stage of ['build', 'test', 'check', 'regress', 'clients'] as const) {
    const names = NEEDS[stage].map(({ package: name }) => name);
    for (const need of NEEDS.apply) t.ok(names.includes(need.package));
  }
});

t.test('the command to type, in the words of the system', async (t) => {
  const packages = ['git', 'libelf-dev', 'xz-utils'];
  t.equal(
    installCommand(packages, { ID: 'ubuntu', ID_LIKE: 'debian' }),
    'sudo apt-get update && sudo apt-get install --no-install-recommends git libelf-dev xz-utils',
  );
  t.equal(installCommand(packages, { ID: 'fedora' }), 'sudo dnf install elfutils-libelf-devel git xz');
  t.equal(
    installCommand(['libdw-dev', 'libelf-dev'], { ID: 'manjaro', ID_LIKE: 'arch' }),
    'sudo pacman -S --needed libelf',
  );
  t.equal(
    installCommand(packages, { ID: 'opensuse-tumbleweed', ID_LIKE: 'opensuse suse' }),
    'sudo zypper install git libelf-devel xz',
  );
  t.match(installCommand(packages, {}), /^install what Debian calls git libelf-dev xz-utils, then/);
});

t.test('who may install packages', async (t) => {
  const debian = parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n');
  t.equal(debian['PRETTY_NAME'], 'Debian GNU/Linux 12 (bookworm)');
  t.strictSame(packagesOf([NEEDS.apply[1], NEEDS.apply[0], NEEDS.apply[0]]), ['git', 'xz-utils']);
  const path = process.env['PATH'];
  t.teardown(() => void (process.env['PATH'] = path));
  const bin = t.testdir({});
  writeFileSync(join(bin, 'apt-get'), '', { mode: 0o755 });
  process.env['PATH'] = bin;
  t.equal(whyNotInstall({ uid: 0, release: debian }), undefined);
  t.equal(whyNotInstall({ uid: 0, release: parseOsRelease('ID=ubuntu\nID_LIKE=debian\n') }), undefined);
  t.match(whyNotInstall({ uid: 1000, release: debian }), /only root/);
  t.match(whyNotInstall({ uid: 0, release: { ID: 'fedora' } }), /not like Debian/);
  t.match(whyNotInstall({ uid: 0, release: {} }), /not like Debian/);
  process.env['PATH'] = '/nowhere';
  t.match(whyNotInstall({ uid: 0, release: debian }), /not like Debian/, 'without apt-get');
});

t.test('the rights on a device: whether it opens, and whose it is', async (t) => {
  const file = join(t.testdir({ kvm: '' }), 'kvm');
  t.match(kvmRights(file), {
    rights: 'read-write',
    text: new RegExp(
      `user ${process.getuid?.()} may read and write .*/kvm \\(mode 0[0-7]{3}, user \\d+, group \\d+\\)$`,
    ),
  });
  t.match(
    kvmRights(join(file, '..')),
    { rights: 'none', text: /may not open .*: EISDIR$/ },
    'what root may not open either',
  );
  t.match(kvmRights(`${file}.none`), { rights: 'no device', text: /kvm\.none does not exist$/ });
});

t.test('the mirror is the one that apt has its main component from', async (t) => {
  const lines = [
    'Packages|Example|Example|main|https://example.org/apt/',
    'Packages|Debian|Debian-Security|main|http://security/',
    'Translations|Debian|Debian|main|http://no/',
    'Packages|Debian|Debian|main|http://mirror/debian/',
  ];
  t.equal(mirrorOf(lines.join('\n')), 'http://mirror/debian/');
  t.equal(mirrorOf(''), undefined);
});

t.test('doctor: what is there, what is missing, what keeps a stage from running', async (t) => {
  const findings: Findings = {
    system: 'Debian',
    node: '20',
    cpus: 2,
    memory: { totalBytes: 8e9, freeBytes: 4e9 },
    disk: { path: '/c', freeBytes: 5e9, neededBytes: 11e9 },
    accel: { accel: 'tcg', reason: 'no KVM' },
    kvm: { device: '/dev/kvm', rights: 'none', text: 'user 7 may not open /dev/kvm' },
    tools: [
      { package: 'git', where: '/usr/bin/git', version: '2.39', why: 'w', stage: 'apply' },
      { package: 'bc', where: undefined, version: '', why: 'the build', stage: 'build' },
    ],
    willInstall: [
      { command: 'npm test', packages: ['bc'] },
      { command: 'npm run check', packages: ['sparse'] },
    ],
    blocked: [],
    notes: ['slow'],
  };
  t.match(
    formatDoctor(findings),
    sequence(
      /guests {3}TCG: no KVM\nKVM {6}user 7 may not open \/dev\/kvm\n\n/,
      /ok {7}apply {4}git[\s\S]*MISSING {2}build {4}bc +the build\n\n/,
      /note: slow\nnpm test installs: bc\nnpm run check installs: sparse\neverything can run/,
    ),
  );
  t.match(formatDoctor({ ...findings, willInstall: [], blocked: ['only root'] }), /blocked: only root$/);
});

t.test('clean: what goes, what stays, and what only --force deletes', async (t) => {
  const item = (kind: Item['kind'], path: string, current = true, edited: Item['edited'] = false): Item => ({
    kind,
    path,
    current,
    edited,
  });
  const runs = Array.from({ length: 12 }, (_, index) => item('run', `run${String(index).padStart(2, '0')}`));
  const items = [
    ...runs,
    item('leftover', 'tmp-1'),
    item('source', 'bases/old', false),
    item('source', 'bases/older', false),
    item('source', 'bases/now'),
    item('worktree', 'trees/old', false, 'edited'),
    item('worktree', 'trees/mine', true, 'interrupted'),
    item('build', 'b'),
    item('ccache', 'c'),
    item('download', 'd'),
  ];
  const none = { all: false, builds: false, sources: false, runs: false, force: false };
  const paths = (list: readonly Item[]): string => list.map(({ kind, path }) => `${kind} ${path}`).join(', ');
  const plain = planClean(items, none);
  t.equal(
    paths(plain.remove),
    'run run00, run run01, leftover tmp-1, source bases/older',
    'the commits of what is kept are in its source',
  );
  t.equal(paths(plain.kept), 'worktree trees/old');
  t.equal(
    paths(planClean(items, { ...none, builds: true }).remove),
    'run run00, run run01, leftover tmp-1, build b, ccache c, source bases/older',
  );
  const all = planClean(items, { ...none, all: true });
  t.equal(all.remove.length, items.length - 3);
  t.equal(paths(all.kept), 'worktree trees/old, worktree trees/mine');
  t.equal(planClean(items, { ...none, all: true, force: true }).remove.length, items.length);
});
