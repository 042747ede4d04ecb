import { familyOf, osRelease } from './os-release.ts';
import { which } from './tools.ts';

/** Why this process may not install packages; undefined when it may. */
export function whyNotInstall(uid = process.getuid?.(), release = osRelease(), apt = which('apt-get')): string | undefined {
  if (!familyOf(release).includes('debian') || apt === undefined) return 'this system is not like Debian';
  return uid === 0 ? undefined : 'only root can install packages';
}
