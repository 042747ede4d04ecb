import { readFileSync } from 'node:fs';
import { parseDotConfig, unquote } from './dotconfig.ts';

/** What topics know of a `.config`: `CONFIG_NAME` with its value, strings without quotes; what is not set is absent. */
export type Kconfig = Readonly<Record<string, string>>;

export function kconfigOf(text: string): Kconfig {
  return Object.fromEntries([...parseDotConfig(text)].map(([name, value]) => [`CONFIG_${name}`, unquote(value)]));
}

export function readDotconfig(path: string): Kconfig {
  return kconfigOf(readFileSync(path, 'utf8'));
}

/** A kernel that checks itself so thoroughly that everything takes several times as long. */
export function isDebugKernel(kconfig: Kconfig): boolean {
  return kconfig['CONFIG_KASAN'] === 'y' || kconfig['CONFIG_PROVE_LOCKING'] === 'y';
}
