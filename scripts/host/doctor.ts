import { existsSync, statfsSync } from 'node:fs';
import { freemem, totalmem, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { NOT_TRIED, tryKvm } from './accelerator.ts';
import { MEMORY_FILE } from './accelerator-memory.ts';
import { exec, formatArgv } from '../lib/exec.ts';
import type { CachePaths } from '../lib/paths.ts';
import { whyNotInstall } from './debian-like.ts';
import { installCommand } from './install-command.ts';
import { kvmRights, type KvmRights } from './kvm.ts';
import { NEEDS, type Stage } from './needs.ts';
import { thisHost, type Host } from './os-release.ts';
import { findNeed, packagesOf, which } from './tools.ts';

export interface ToolFinding {
  readonly package: string;
  readonly where: string | undefined;
  readonly version: string;
  readonly why: string;
  /** The first stage that needs it. */
  readonly stage: Stage;
}

export interface Findings {
  readonly system: string;
  readonly node: string;
  readonly cpus: number;
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly disk: { readonly path: string; readonly freeBytes: number; readonly neededBytes: number };
  /** `unknown` without QEMU or a kernel, which are what tells. */
  readonly accel: { readonly accel: string; readonly reason: string };
  readonly kvm: KvmRights;
  readonly tools: readonly ToolFinding[];
  /** Packages that are missing, by the command that installs them itself. */
  readonly willInstall: readonly { readonly command: string; readonly packages: readonly string[] }[];
  /** What keeps a stage from running at all. */
  readonly blocked: readonly string[];
  readonly notes: readonly string[];
}

/** Where no kernel is at hand. */
const UNKNOWN = {
  accel: 'unknown',
  reason: `${NOT_TRIED}; npm test tries the one that it builds, and runs guests in emulation where that says nothing`,
};

/** Source in git and checked out 2.9 GB, a build with debug information 4 GB for each configuration. */
const NEEDED_BYTES = 11e9;
const GUEST_BYTES = 2e9;
const QEMU = 'qemu-system-x86_64';
const STAGES = ['apply', 'build', 'test', 'check', 'regress', 'clients', 'arm64'] as const;

/** @param kernel a bzImage to try KVM with */
export async function examine(
  cache: CachePaths,
  signal: AbortSignal,
  host: Host = thisHost(),
  kernel?: string,
): Promise<Findings> {
  const tools = await Promise.all(
    firstStages().map(async ({ need, stage }): Promise<ToolFinding> => {
      const where = findNeed(need, host.release);
      return {
        package: need.package,
        where,
        version: where !== undefined && isProgram(where) ? await versionOf(where, signal) : '',
        why: need.why,
        stage,
      };
    }),
  );
  const missing = tools.filter(({ where }) => where === undefined);
  const packages = packagesOf(missing.map((tool) => ({ probe: [], package: tool.package, why: tool.why })));
  const reason = whyNotInstall(host);
  const path = nearestExisting(cache.root);
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  const blocked =
    missing.length > 0 && reason !== undefined ? [`${reason}: ${installCommand(packages, host.release)}`] : [];
  if (freeBytes < NEEDED_BYTES / 3)
    blocked.push(`${path} has ${gb(freeBytes)} free; a kernel tree alone needs ${gb(NEEDED_BYTES / 3)}`);
  const accel =
    which(QEMU) === undefined
      ? { accel: 'unknown', reason: 'only QEMU, which is not installed, can tell whether KVM runs a guest' }
      : ((await tryKvm(signal, {
          memory: join(cache.root, MEMORY_FILE),
          forget: true,
          ...(kernel === undefined ? {} : { kernel }),
        })) ?? UNKNOWN);
  return {
    system: host.release['PRETTY_NAME'] ?? process.platform,
    node: process.versions.node,
    cpus: cpus().length,
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    disk: { path, freeBytes, neededBytes: NEEDED_BYTES },
    accel,
    kvm: kvmRights(),
    tools,
    willInstall: reason === undefined ? installers(missing) : [],
    blocked,
    notes: notes(freeBytes, accel.accel),
  };
}

/** What stands behind `npm test` is installed by the one command that needs it. */
function installers(missing: readonly ToolFinding[]): Findings['willInstall'] {
  const of = (command: string, isFor: (stage: Stage) => boolean): Findings['willInstall'][number] => ({
    command,
    packages: missing
      .filter(({ stage }) => isFor(stage))
      .map((tool) => tool.package)
      .sort(),
  });
  const alone = ['check', 'regress', 'clients', 'arm64'] as const;
  return [
    of('npm test', (stage) => !alone.some((other) => other === stage)),
    ...alone.map((stage) =>
      of(stage === 'arm64' ? 'npm test -- --arch arm64' : `npm run ${stage}`, (other) => other === stage),
    ),
  ].filter(({ packages }) => packages.length > 0);
}

function notes(freeBytes: number, accel: string): string[] {
  const found: string[] = [];
  if (accel === 'tcg')
    found.push('guests run in emulation: the time budgets grow, and benchmarks report instructions but no nanoseconds');
  if (freeBytes < NEEDED_BYTES) found.push(`with ${gb(freeBytes)} free, only one kernel configuration has room`);
  if (totalmem() < GUEST_BYTES + 1e9) found.push('there is little memory for a guest during the build');
  return found;
}

function firstStages(): { need: (typeof NEEDS)[Stage][number]; stage: Stage }[] {
  const seen = new Set<string>();
  return STAGES.flatMap((stage) =>
    NEEDS[stage].flatMap((need) => {
      if (seen.has(need.package)) return [];
      seen.add(need.package);
      return [{ need, stage }];
    }),
  );
}

/** Everything but headers, and the daemon of udev, which would start. */
function isProgram(path: string): boolean {
  return !path.endsWith('.h') && !path.includes('udevd');
}

/** What examine() runs; it writes nothing. */
export function dryRunDoctor(host: Host = thisHost()): string[] {
  const found = firstStages().flatMap(({ need }) => findNeed(need, host.release) ?? []);
  return found.filter(isProgram).map((path) => formatArgv([path, '--version']));
}

async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const result = await exec([path, '--version'], { timeoutMs: 5_000, signal });
  return /\d+(\.\d+)+[^\s,)]*/.exec(result.stdout.split('\n').slice(0, 2).join(' '))?.[0] ?? '';
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function gb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

export function formatDoctor(findings: Findings): string {
  const { memory, disk, accel, kvm } = findings;
  const width = Math.max(...findings.tools.map((tool) => tool.package.length));
  const rows = findings.tools.map(({ package: name, where, version, why, stage }) => {
    return (
      `${where === undefined ? 'MISSING' : 'ok     '}  ${stage.padEnd(7)}  ${name.padEnd(width)}  ` +
      `${version.padEnd(14)}  ${where === undefined ? why : where}`
    );
  });
  return [
    `system   ${findings.system}, Node ${findings.node}, ${findings.cpus} CPUs`,
    `memory   ${gb(memory.freeBytes)} free of ${gb(memory.totalBytes)}`,
    `disk     ${gb(disk.freeBytes)} free in ${disk.path}; ${gb(disk.neededBytes)} is comfortable`,
    `guests   ${accel.accel.toUpperCase()}: ${accel.reason}`,
    `KVM      ${kvm.text}`,
    '',
    ...rows,
    '',
    ...findings.notes.map((note) => `note: ${note}`),
    ...findings.willInstall.map(({ command, packages }) => `${command} installs: ${packages.join(' ')}`),
    ...findings.blocked.map((reason) => `blocked: ${reason}`),
    ...(findings.blocked.length === 0 ? ['everything can run'] : []),
  ].join('\n');
}
