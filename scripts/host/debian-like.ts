import { readFileSync } from 'node:fs';
import { which } from './tools.ts';

/** Fields of /etc/os-release; empty on a system without one. */
export function osRelease(path = '/etc/os-release'): Readonly<Record<string, string>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  return parseOsRelease(text);
}

export function parseOsRelease(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm)) fields[name ?? ''] = value ?? '';
  return fields;
}

/** Why this process may not install packages; undefined when it may. */
export function whyNotInstall(uid = process.getuid?.(), release = osRelease(), apt = which('apt-get')): string | undefined {
  const family = `${release['ID'] ?? ''} ${release['ID_LIKE'] ?? ''}`.split(' ');
  if (!family.includes('debian') || apt === undefined) return 'this system is not like Debian';
  return uid === 0 ? undefined : 'only root can install packages';
}
