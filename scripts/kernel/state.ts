/** What a build directory remembers of its last build that passed. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { architectureOf } from '../lib/architecture.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { buildSchema, warningSchema, type BuildRecord, type ConfigRecord, type Warning } from '../records/build.ts';
import type { Userspace } from './userspace.ts';

const stateSchema = z.object({
  /** git's hash of the tree that was built. */
  tree: z.string(),
  record: buildSchema,
});
type BuildState = Readonly<z.infer<typeof stateSchema>>;

/**
 * Both had other names. What stands under those is not believed: until 2026-11-28 a build could take an object for
 * newer than a file that had been changed and changed back.
 */
const stateFile = (buildDir: string): string => join(buildDir, '.workbench-built.json');

export function stampsFile(buildDir: string): string {
  return join(buildDir, '.workbench-times.json');
}

/** undefined when there is none or it is damaged: then make runs. */
export function readBuildState(buildDir: string): BuildState | undefined {
  return stateSchema.safeParse(readJson(stateFile(buildDir))).data;
}

export function writeBuildState(state: BuildState): void {
  writeJson(stateFile(state.record.buildDir), state);
}

/** Before make runs: from then on what is there is not what was built last, until make has passed. */
export function forgetBuild(buildDir: string): void {
  rmSync(stateFile(buildDir), { force: true });
}

/** Whether the record's directory still holds its kernel: a later build, also one that did not end, makes another. */
export function holdsBuild({ buildDir, bzImage, source, configSha256 }: BuildRecord): boolean {
  const state = readBuildState(buildDir);
  return (
    existsSync(bzImage) &&
    state?.record.configSha256 === configSha256 &&
    [state.tree, state.record.source.tree].includes(source.tree)
  );
}

/** Files that must be there before an earlier build is taken as it is. */
export function outputs(record: BuildRecord): string[] {
  return [
    record.bzImage,
    record.vmlinux,
    record.vmlinuxH,
    record.libbpfSo,
    record.libbpfA,
    record.uapi,
    ...(record.root === undefined ? [] : [record.root]),
    ...record.bpfIncludes,
    ...Object.values(record.tools),
  ];
}

/** Why make has to run, or undefined when the earlier build is what a new one would give. */
export function whyBuild(
  state: BuildState | undefined,
  tree: string,
  dirty: readonly string[],
  configSha256: string,
  root?: string,
): string | undefined {
  if (state === undefined) return 'nothing was built here yet';
  const [first, ...more] = dirty;
  if (first !== undefined) return `uncommitted changes in ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`;
  if (state.tree !== tree) return 'the tree has changed';
  if (state.record.configSha256 !== configSha256) return 'the configuration has changed';
  if (state.record.root !== root) return 'the guest root has changed';
  const missing = outputs(state.record).find((path) => !existsSync(path));
  return missing === undefined ? undefined : `${missing} is missing`;
}

const warningsSchema = z.object({ warnings: z.array(warningSchema) });

/** undefined when there is no such file or it is damaged. */
export function readWarnings(file: string): Warning[] | undefined {
  return warningsSchema.safeParse(readJson(file)).data?.warnings;
}

/** For a dry run, which builds none. */
export const NO_USERSPACE: Userspace = {
  dir: '',
  libbpfSo: '',
  libbpfA: '',
  libbpfIncludes: '',
  bpftool: '',
  hostBpftool: '',
  dtrace: undefined,
};

/** Where everything is, whether it has been built yet or not. */
export function outputPaths(
  config: ConfigRecord,
  user: Userspace,
): Omit<BuildRecord, 'compiler' | 'release' | 'reused' | 'steps' | 'ms' | 'warnings' | 'newWarnings'> {
  const { buildDir } = config;
  const { directory, image } = architectureOf(config.config);
  const bpf = join(buildDir, 'bpf');
  return {
    stage: 'build',
    config: config.config,
    source: config.source,
    buildDir,
    dotconfig: config.dotconfig,
    configSha256: config.sha256,
    bzImage: join(buildDir, 'arch', directory, 'boot', image),
    vmlinux: join(buildDir, 'vmlinux'),
    systemMap: join(buildDir, 'System.map'),
    vmlinuxH: join(bpf, 'vmlinux.h'),
    bpfIncludes: [bpf, user.libbpfIncludes],
    libbpfSo: user.libbpfSo,
    libbpfA: user.libbpfA,
    libbpfIncludes: user.libbpfIncludes,
    uapi: join(buildDir, 'usr/include'),
    tools: { bpftool: user.bpftool, ...(user.dtrace === undefined ? {} : { dtrace: user.dtrace }) },
  };
}
