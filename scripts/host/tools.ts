import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { installCommand } from './install-command.ts';
import { familyOf, osRelease } from './os-release.ts';
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
export function findNeed(need: Need, release?: Readonly<Record<string, string>>): string | undefined {
  const elsewhere = need.elsewhere !== undefined && !familyOf(release ?? osRelease()).includes('debian') ? need.elsewhere : [];
  for (const probe of [...need.probe, ...elsewhere]) {
    const found = isAbsolute(probe) ? (existsSync(probe) ? probe : undefined) : which(probe);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function missingNeeds(stage: Stage): Need[] {
  return NEEDS[stage].filter((need) => findNeed(need) === undefined);
}

export function packagesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map((need) => need.package))].sort();
}

/** Fails with the command to type when something is missing, and installs nothing. */
export function needTools(stage: Stage): void {
  const missing = missingNeeds(stage);
  if (missing.length > 0) throw missingError(missing);
}

export function missingError(missing: readonly Need[], why = ''): WorkbenchError {
  const names = missing.map((need) => `${need.probe[0]} (${need.why})`).join('\n');
  return new WorkbenchError('E_HOST_PACKAGES', `${missing.length === 1 ? 'one thing is' : `${missing.length} things are`} missing on this machine${why}`, {
    detail: names,
    next: installCommand(packagesOf(missing)),
  });
}
