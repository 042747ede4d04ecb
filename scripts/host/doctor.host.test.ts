import { setMaxListeners } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cachePaths } from '../lib/paths.ts';
import { thisHost } from './os-release.ts';
import { dryRunDoctor, examine, formatDoctor } from './doctor.ts';
import { which } from './tools.ts';

const { signal } = new AbortController();
setMaxListeners(0, signal);

t.test('doctor looks at this machine', async (t) => {
  const cache = cachePaths({ XDG_CACHE_HOME: join(t.testdir({}), 'not there yet') });
  const found = await examine(cache, signal);
  t.match(
    found.tools.find(({ package: name }) => name === 'git'),
    { where: which('git'), version: /^\d+\.\d+/, stage: 'apply' },
  );
  t.ok(found.memory.totalBytes > 1e8 && found.memory.freeBytes > 0);
  t.ok(found.disk.freeBytes > 0);
  t.match(found.accel.accel, which('qemu-system-x86_64') === undefined ? /^unknown$/ : /^(?:kvm|tcg|unknown)$/);
  if (found.accel.accel === 'kvm') t.equal(found.kvm.rights, 'read-write');
  if (found.kvm.rights === 'no device') t.equal(found.accel.reason, '/dev/kvm does not exist');
  t.equal(found.node, process.versions.node);
  t.match(formatDoctor(found), /^system .*\n[\s\S]*\nKVM +\S/);
  t.ok(dryRunDoctor().includes(`${which('git')} --version`));
});

t.test(
  'on a machine with git and nothing else: what is missing, the rights on KVM, ' +
    'and that it is not known whether it works',
  async (t) => {
    const dir = t.testdir({});
    const path = process.env['PATH'];
    t.teardown(() => void (process.env['PATH'] = path));
    mkdirSync(join(dir, 'bin'));
    for (const tool of ['git', 'setpriv']) symlinkSync(which(tool) ?? '', join(dir, 'bin', tool));
    process.env['PATH'] = join(dir, 'bin');
    const found = await examine(cachePaths({ XDG_CACHE_HOME: dir }), signal, { ...thisHost(), uid: 1000 });
    t.match(found.accel, { accel: 'unknown', reason: /QEMU, which is not installed/ });
    t.match(found.kvm.text, /\/dev\/kvm/);
    t.match(
      found.tools.find(({ package: name }) => name === 'xz-utils'),
      { where: undefined, stage: 'apply' },
    );
    t.match(found.blocked[0], /^(?:only root|this system).*: .*xz/);
    t.strictSame(found.willInstall, []);
  },
);
