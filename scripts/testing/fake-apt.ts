import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { BaseContext } from '../base/context.ts';
import { makeFixture, MAKEFILE, writeTree, type Fixture } from './project.ts';

/** A fixture whose apt is the one below, with a machine that does not ask for the room of a real kernel. */
export function withFakeApt(t: Test, name: string): Fixture {
  const f = makeFixture(name);
  t.teardown(f.remove);
  const path = process.env['PATH'];
  process.env['PATH'] = `${join(f.dir, 'bin')}:${path}`;
  t.teardown(() => void (process.env['PATH'] = path));
  writeFileSync(packageFile(f), '');
  const context: BaseContext = { ...f.context, machine: { neededBytes: 0, packageFiles: [packageFile(f)] } };
  return { ...f, context };
}

function packageFile(f: Fixture): string {
  return join(f.dir, 'apt-lists');
}

/** What `apt-get update` or an installation does to apt's and dpkg's files. */
export function changePackageFiles(f: Fixture): void {
  const later = statSync(packageFile(f)).mtimeMs / 1000 + 1;
  utimesSync(packageFile(f), later, later);
}

/** Puts an apt in front of PATH that knows `version` of linux-source-0.1, or has no network. */
export function fakeApt(
  f: Fixture,
  version: string | undefined,
  makefile = MAKEFILE,
  extra: Readonly<Record<string, Buffer>> = {},
): void {
  const bin = join(f.dir, 'bin');
  mkdirSync(bin, { recursive: true });
  // as apt names it when the version has an epoch
  const deb = join(f.dir, `linux-source-0.1_${version?.replace(':', '%3a')}_all.deb`);
  if (version !== undefined) {
    const root = join(f.dir, 'deb');
    const source = join(f.dir, 'linux-source-0.1');
    writeTree(source, makefile);
    for (const [file, data] of Object.entries(extra)) writeFileSync(join(source, file), data);
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    mkdirSync(join(root, 'usr/src'), { recursive: true });
    writeFileSync(
      join(root, 'DEBIAN/control'),
      `Package: linux-source-0.1\nVersion: ${version}\nArchitecture: all\nMaintainer: a <a@b>\nDescription: d\n`,
    );
    execFileSync('tar', [
      '-cJf',
      join(root, 'usr/src/linux-source-0.1.tar.xz'),
      '--mtime=@1700000000',
      '-C',
      f.dir,
      'linux-source-0.1',
    ]);
    execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '-b', root, deb], { stdio: 'ignore' });
    rmSync(source, { recursive: true });
  }
  const known =
    version === undefined ? 'exit 100' : `printf 'Package: linux-source-0.1\\nVersion: ${version}\\nSize: 100\\n'`;
  writeFileSync(join(bin, 'apt-cache'), `#!/bin/sh\n${known}\n`, { mode: 0o755 });
  const offline = "echo 'E: Failed to fetch: Could not resolve host' >&2; exit 100";
  writeFileSync(
    join(bin, 'apt-get'),
    `#!/bin/sh\ncase "$*" in *download*) ${existsSync(deb) ? `cp '${deb}' .` : offline};; *) ${offline};; esac\n`,
    { mode: 0o755 },
  );
  changePackageFiles(f);
}
