import { readFileSync } from 'node:fs';

/** Symbols with their values, as parseDotconfig() has them. */
export type Kconfig = Readonly<Record<string, string>>;

/** Symbols of a .config: "y", "m", numbers and strings without quotes; what is not set is absent. */
export function parseDotconfig(text: string): Record<string, string> {
  const symbols: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^(CONFIG_\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) symbols[name] = value.replace(/^"(.*)"$/, '$1');
  }
  return symbols;
}

export function readDotconfig(path: string): Record<string, string> {
  return parseDotconfig(readFileSync(path, 'utf8'));
}

/** A kernel that checks itself so thoroughly that everything takes several times as long. */
export function isDebugKernel(kconfig: Kconfig): boolean {
  return kconfig['CONFIG_KASAN'] === 'y' || kconfig['CONFIG_PROVE_LOCKING'] === 'y';
}
