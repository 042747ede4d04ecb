import { gitText } from '../lib/git.ts';

/** Files that git does not know, at places where it is about to put some; ignored ones too. */
export async function untrackedAmong(path: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  return (await gitText(path, ['--literal-pathspecs', 'ls-files', '--others', '-z', '--', ...files]))
    .split('\0')
    .filter(Boolean);
}
