/** A kernel tree that the series can be put on: one commit in one git repository. */
export interface BaseTree {
  /** Its name in the manifest. */
  readonly name: string;
  /** VERSION.PATCHLEVEL.SUBLEVEL and EXTRAVERSION of its Makefile. */
  readonly kernel: string;
  /** Where it is from, exactly: package and version, url and ref, or the person's own directory and ref. */
  readonly origin: string;
  /** Where git is run for it: a bare repository of the cache, or the person's own checkout. */
  readonly repo: string;
  readonly commit: string;
  readonly tree: string;
  /** Committer date, in seconds: what makes the series' commits the same wherever they are made. */
  readonly seconds: number;
  /** Names the worktree: the same content has the same key. */
  readonly key: string;
  /** A person's checkout: nothing but an own branch and an own worktree may appear in it. */
  readonly personal: boolean;
  /** Options of a command that choose it again; none for the manifest's default. */
  readonly options: readonly string[];
}

/** "6.12.117" of a kernel Makefile's text; undefined when it is none. */
export function kernelVersion(makefile: string): string | undefined {
  const value = (name: string): string | undefined => new RegExp(`^${name} *= *(\\S*) *$`, 'm').exec(makefile)?.[1];
  const [version, patch, sub] = [value('VERSION'), value('PATCHLEVEL'), value('SUBLEVEL')];
  if (!version || !patch || sub === undefined) return undefined;
  return `${version}.${patch}${sub === '' ? '' : `.${sub}`}${value('EXTRAVERSION') ?? ''}`;
}

/** Whether a tree of version `found` is what a manifest means by `wanted`: "6.12" covers 6.12 and 6.12.117. */
export function versionMatches(wanted: string, found: string): boolean {
  const prefix = wanted.split('.');
  const parts = found.split(/[.-]/);
  return prefix.every((part, index) => parts[index] === part);
}
