/** out/<run>/config.NAME.json and build.NAME.json: what the config and build stages leave behind. */
import { z } from 'zod';

export const warningSchema = z.object({
  /** Source file relative to the tree, or the object a link-time tool complains about. */
  file: z.string(),
  /** What was being made when it was said: the source, also for a warning in a header, or what was linked. */
  unit: z.string(),
  line: z.number().optional(),
  /** Function named by the compiler, '' outside of one. */
  where: z.string(),
  message: z.string(),
  /** What equality means: file, function and message, without line numbers and addresses. */
  key: z.string(),
});
export type Warning = Readonly<z.infer<typeof warningSchema>>;

/** The patched tree, as apply left it (or any other checkout that is to be built). */
const sourceSchema = z.object({
  worktree: z.string(),
  /** Name of the base, such as `v6.12`. */
  base: z.string(),
  /** Exact version of the base, such as `6.12.117`. */
  version: z.string(),
  baseCommit: z.string(),
  head: z.string(),
  /** git's hash of the tree at `head`: the content that is built. */
  tree: z.string(),
  /** Of the workbench's commands that are to take the same base. */
  options: z.array(z.string()).readonly().default([]),
});
export type SourceTree = Readonly<z.infer<typeof sourceSchema>>;

export const configSchema = z.object({
  stage: z.literal('config'),
  config: z.string(),
  source: sourceSchema,
  buildDir: z.string(),
  /** The final `.config`, and what it contains. */
  dotconfig: z.string(),
  sha256: z.string(),
  /** Fragments, lowest layer first, relative to the project. */
  fragments: z.array(z.string()).readonly(),
  /** Conditional fragments that this tree does not have the symbol for. */
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })).readonly(),
  /** How many requested symbols were verified in the final `.config`. */
  requests: z.number(),
  /** How many symbols the final `.config` sets. */
  enabled: z.number(),
  /** Nothing had changed, so the earlier result was kept. */
  reused: z.boolean(),
  ms: z.number(),
});
export type ConfigRecord = Readonly<z.infer<typeof configSchema>>;

export const buildSchema = z.object({
  stage: z.literal('build'),
  config: z.string(),
  source: sourceSchema,
  buildDir: z.string(),
  dotconfig: z.string(),
  configSha256: z.string(),
  compiler: z.string(),
  /** What `uname -r` will say in the guest. */
  release: z.string(),
  bzImage: z.string(),
  /** The guest's root file system, where the host's programs are of another architecture. */
  root: z.string().optional(),
  vmlinux: z.string(),
  systemMap: z.string(),
  /** Type information of this kernel as a C header, for CO-RE programs. */
  vmlinuxH: z.string(),
  /** Include directories for BPF programs, in order: vmlinux.h, then libbpf's installed headers (`bpf/...`). */
  bpfIncludes: z.array(z.string()).readonly(),
  /** libbpf of the patched tree: shared object for the agent, archive and headers for native code. */
  libbpfSo: z.string(),
  libbpfA: z.string(),
  libbpfIncludes: z.string(),
  /** Installed (sanitised) uapi headers of the patched tree: `linux/bpf.h`, `linux/dtrace.h`, ... */
  uapi: z.string(),
  /** Built programs by name: bpftool, and dtrace when the tree has it. */
  tools: z.record(z.string(), z.string()).readonly(),
  /** make did not have to run. */
  reused: z.boolean(),
  /** kbuild steps that were run. */
  steps: z.number(),
  ms: z.number(),
  /** Every warning of this tree with this configuration, compiled now or earlier. */
  warnings: z.array(warningSchema).readonly(),
  /** Those that the base does not have; never non-empty in the record of a build that passed. */
  newWarnings: z.array(warningSchema).readonly(),
});
export type BuildRecord = Readonly<z.infer<typeof buildSchema>>;
