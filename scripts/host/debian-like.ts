import { familyOf, type Host } from './os-release.ts';
import { which } from './tools.ts';

/** Why this process may not install packages; undefined when it may. */
export function whyNotInstall({ uid, release }: Host): string | undefined {
  if (!familyOf(release).includes('debian') || which('apt-get') === undefined) return 'this system is not like Debian';
  return uid === 0 ? undefined : 'only root can install packages';
}
