/** A kernel that is kept when the directory it was built in is used for another one. */
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { must } from '../lib/exec.ts';
import type { BuildRecord } from '../records/build.ts';

/** What is booted, and what has the build id that it is to have: an image is never paired with another kernel's. */
export type Image = Pick<BuildRecord, 'bzImage' | 'vmlinux'>;

/** And where its functions are. */
export type KeptKernel = Image & Pick<BuildRecord, 'systemMap'>;

export const keptKernel = (bzImage: string): KeptKernel => ({
  bzImage,
  vmlinux: `${bzImage}.notes`,
  systemMap: `${bzImage}.map`,
});

export const isKept = (bzImage: string): boolean =>
  [bzImage, keptKernel(bzImage).vmlinux].every((file) => existsSync(file));

/** Another worktree of the same content has another lock, and the same image. */
const temporary = (file: string): string => `${file}.${process.pid}.tmp`;

/** The image comes last: what is found there is whole. @throws E_EXEC when `built` has no notes */
export async function keepKernel(built: KeptKernel, bzImage: string, signal: AbortSignal): Promise<KeptKernel> {
  const kept = keptKernel(bzImage);
  mkdirSync(dirname(bzImage), { recursive: true });
  await must(['objcopy', '--only-section=.note*', built.vmlinux, temporary(kept.vmlinux)], { signal });
  copyFileSync(built.systemMap, temporary(kept.systemMap));
  copyFileSync(built.bzImage, temporary(bzImage));
  for (const file of [kept.vmlinux, kept.systemMap, bzImage]) renameSync(temporary(file), file);
  return kept;
}
