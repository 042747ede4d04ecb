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
