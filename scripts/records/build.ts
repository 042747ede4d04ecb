/** What the config and build stages take and leave behind; the shapes of out/<run>/config.NAME.json and build.NAME.json. */
export interface Warning {
  /** Source file relative to the tree, or the object a link-time tool complains about. */
  readonly file: string;
  /** What was being made when it was said: the source that was compiled, also for a warning in a header, or what was linked. */
  readonly unit: string;
  readonly line: number | undefined;
  /** Function named by the compiler, '' outside of one. */
  readonly where: string;
  readonly message: string;
  /** What equality means: file, function and message, without line numbers and addresses. */
  readonly key: string;
}

/** The patched tree, as apply left it (or any other checkout that is to be built). */
export interface SourceTree {
  readonly worktree: string;
  /** Name of the base, such as `v6.12`. */
  readonly base: string;
  /** Exact version of the base, such as `6.12.117`. */
  readonly version: string;
  readonly baseCommit: string;
  readonly head: string;
  /** git's hash of the tree at `head`: the content that is built. */
  readonly tree: string;
}

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

export interface ConfigRecord {
  readonly stage: 'config';
  readonly config: string;
  readonly source: SourceTree;
  readonly buildDir: string;
  /** The final `.config`, and what it contains. */
  readonly dotconfig: string;
  readonly sha256: string;
  /** Fragments, lowest layer first, relative to the project. */
  readonly fragments: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** How many requested symbols were verified in the final `.config`. */
  readonly requests: number;
  /** How many symbols the final `.config` sets. */
  readonly enabled: number;
  /** Nothing had changed, so the earlier result was kept. */
  readonly reused: boolean;
  readonly ms: number;
}

export interface BuildRecord {
  readonly stage: 'build';
  readonly config: string;
  readonly source: SourceTree;
  readonly buildDir: string;
  readonly dotconfig: string;
  readonly configSha256: string;
  readonly compiler: string;
  /** What `uname -r` will say in the guest. */
  readonly release: string;
  readonly bzImage: string;
  readonly vmlinux: string;
  readonly systemMap: string;
  /** Type information of this kernel as a C header, for CO-RE programs. */
  readonly vmlinuxH: string;
  /** Include directories for BPF programs, in order: vmlinux.h, then libbpf's installed headers (`bpf/...`). */
  readonly bpfIncludes: readonly string[];
  /** libbpf of the patched tree: shared object for the agent, archive and headers for native code. */
  readonly libbpfSo: string;
  readonly libbpfA: string;
  readonly libbpfIncludes: string;
  /** Installed (sanitised) uapi headers of the patched tree: `linux/bpf.h`, `linux/dtrace.h`, ... */
  readonly uapi: string;
  /** Built programs by name: bpftool, and dtrace when the tree has it. */
  readonly tools: Readonly<Record<string, string>>;
  /** make did not have to run. */
  readonly reused: boolean;
  /** kbuild steps that were run. */
  readonly steps: number;
  readonly ms: number;
  /** Every warning of this tree with this configuration, compiled now or earlier. */
  readonly warnings: readonly Warning[];
  /** Those that the base does not have; never non-empty in the record of a build that passed. */
  readonly newWarnings: readonly Warning[];
}
