import { readFileSync } from 'node:fs';

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

/** The distribution and those that it is like. */
export function familyOf(release: Readonly<Record<string, string>>): string[] {
  return `${release['ID'] ?? ''} ${release['ID_LIKE'] ?? ''}`.split(' ').filter(Boolean);
}

/** Who runs this, on what. */
export interface Host {
  readonly uid: number | undefined;
  /** /etc/os-release. */
  readonly release: Readonly<Record<string, string>>;
}

export function thisHost(): Host {
  return { uid: process.getuid?.(), release: osRelease() };
}
