import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { installCommand } from './install-command.ts';
import { familyOf, thisHost, type Host } from './os-release.ts';
import { NEEDS, type Need, type Stage } from './needs.ts';

/** Full path of a program, as a shell would find it. */
export function which(tool: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory || '.', tool);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // not in this directory
    }
  }
  return undefined;
}

/** Where a need is met; undefined when it is not. */
export function findNeed(need: Need, release: Host['release']): string | undefined {
  const elsewhere = need.elsewhere !== undefined && !familyOf(release).includes('debian') ? need.elsewhere : [];
  for (const probe of [...need.probe, ...elsewhere]) {
    const found = isAbsolute(probe) ? (existsSync(probe) ? probe : undefined) : which(probe);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function missingNeeds(stage: Stage, { release }: Host = thisHost()): Need[] {
  return NEEDS[stage].filter((need) => findNeed(need, release) === undefined);
}

export function packagesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map((need) => need.package))].sort();
}

/** @returns E_HOST_PACKAGES with what is missing, for what, and the command to type on this system */
export function missingError(missing: readonly Need[], { release }: Host, why: string): WorkbenchError {
  const names = missing.map((need) => `${need.probe[0]} (${need.why})`).join('\n');
  return new WorkbenchError(
    'E_HOST_PACKAGES',
    `${missing.length === 1 ? 'one thing is' : `${missing.length} things are`} missing on this machine, ${why}`,
    {
      detail: names,
      next: installCommand(packagesOf(missing), release),
    },
  );
}
