/** The guest root of the clients: made once, and kept in the cache by its list of packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { candidate, UNSANDBOXED } from '../base/apt.ts';
import { debianMirror, suiteOptions } from '../base/suite.ts';
import { bootstrapArgv, makeRoot, type RootPlan } from '../host/debian-root.ts';
import { thisHost } from '../host/os-release.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import { HOW, NEWEST_SUITE, PACKAGES, rootDir } from './root-plan.ts';

const madeSchema = z.object({ suite: z.string(), packages: z.record(z.string(), z.string()) });

export interface GuestRoot {
  readonly dir: string;
  readonly suite: string;
  /** Of those that were asked for, the versions of those that there are. */
  readonly packages: Readonly<Record<string, string>>;
}

const MADE = 'clients.json';
/** 0.9 GB with what it unpacks, and as much again for apt. */
const PURPOSE = 'making the guest root of the clients';

/** @throws E_HOST_NETWORK and E_HOST_PACKAGES where there is no mirror, E_EXEC when the packages cannot be installed */
export async function guestRoot(ctx: StageContext): Promise<GuestRoot> {
  const cache = cachePaths();
  return withLock(
    join(cache.locks, 'clients-root'),
    { purpose: PURPOSE, log: ctx.log, signal: ctx.signal },
    async () => {
      const known = [NEWEST_SUITE, hostSuite()].flatMap(
        (suite) => readRoot(rootDir(cache.builds, { suite, packages: PACKAGES })) ?? [],
      );
      if (known[0] !== undefined) return known[0];
      const { plan, versions } = await planRoot(ctx);
      const dir = rootDir(cache.builds, { ...plan, packages: PACKAGES });
      const logFile = ctx.run.log('clients.root');
      ctx.log({
        kind: 'stage',
        stage: 'clients',
        text: `a guest root with ${plan.packages.join(' ')} of ${plan.suite}`,
      });
      await makeRoot(
        ctx,
        dir,
        logFile,
        (half) => [{ title: 'root', argv: bootstrapArgv(plan, half) }],
        (half) => writeJson(join(half, MADE), { suite: plan.suite, packages: versions }),
      );
      const made = readRoot(dir);
      if (made === undefined) throw new WorkbenchError('E_INTERNAL', `${join(dir, MADE)} cannot be read back`);
      return made;
    },
  );
}

function hostSuite(): string {
  return thisHost().release['VERSION_CODENAME'] ?? 'stable';
}

function readRoot(dir: string): GuestRoot | undefined {
  const made = existsSync(dir) ? madeSchema.safeParse(readJson(join(dir, MADE))).data : undefined;
  return made === undefined ? undefined : { dir, ...made };
}

interface Planned {
  readonly plan: RootPlan;
  readonly versions: Readonly<Record<string, string>>;
}

/** Of the newest suite, where the mirror has it; else of the one of this machine, with what that has. */
async function planRoot(ctx: StageContext): Promise<Planned> {
  const cache = cachePaths();
  const mirror = await debianMirror(NEWEST_SUITE);
  for (const suite of [NEWEST_SUITE, hostSuite()]) {
    const options = [...(await suiteOptions(suite, cache)), '-o', 'Acquire::Check-Valid-Until=false'];
    const logFile = ctx.run.log(`clients.${suite}`);
    const updated = await exec(['apt-get', ...UNSANDBOXED, ...options, 'update'], { log: logFile, signal: ctx.signal });
    const found = updated.failed ? [] : await Promise.all(PACKAGES.map((name) => candidate(name, options)));
    const versions = Object.fromEntries(found.flatMap((one) => (one === undefined ? [] : [[one.name, one.version]])));
    if (Object.keys(versions).length > 0)
      return { plan: { suite, mirror, packages: Object.keys(versions), how: HOW }, versions };
    ctx.log({ kind: 'warn', text: `the mirror has no packages of ${suite}: see ${logFile}` });
  }
  throw new WorkbenchError('E_HOST_NETWORK', `${mirror} has no suite to make the guest root from`, {
    next: "check the network and apt's sources, then npm run clients",
  });
}
