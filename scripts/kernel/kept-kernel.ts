/** A kernel that is kept when the directory it was built in is used for another one. */
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { must } from '../lib/exec.ts';
import type { BuildRecord } from '../records/build.ts';

/** What is booted, and what has the build id that it is to have: an image is never paired with another kernel's. */
export type Image = Pick<BuildRecord, 'bzImage' | 'vmlinux'>;

export const keptKernel = (bzImage: string): Image => ({ bzImage, vmlinux: `${bzImage}.notes` });

export const isKept = (bzImage: string): boolean =>
  Object.values(keptKernel(bzImage)).every((file) => existsSync(file));

/** Another worktree of the same content has another lock, and the same image. */
const temporary = (file: string): string => `${file}.${process.pid}.tmp`;

/** The image comes last: what is found there is whole. @throws E_EXEC when `built` has no notes */
export async function keepKernel(built: Image, bzImage: string, signal: AbortSignal): Promise<Image> {
  const kept = keptKernel(bzImage);
  mkdirSync(dirname(bzImage), { recursive: true });
  await must(['objcopy', '--only-section=.note*', built.vmlinux, temporary(kept.vmlinux)], { signal });
  copyFileSync(built.bzImage, temporary(bzImage));
  renameSync(temporary(kept.vmlinux), kept.vmlinux);
  renameSync(temporary(bzImage), bzImage);
  return kept;
}
