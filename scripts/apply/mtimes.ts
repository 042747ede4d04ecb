import { lutimesSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { gitText } from '../lib/git.ts';

interface Seen {
  readonly blob: string;
  readonly mtime: Date;
}

/**
 * make goes by time stamps. Taking patches off and putting them on again writes files that end up as they were; with
 * their old times back, a build compiles only what really changed.
 */
export class Mtimes {
  readonly #path: string;
  readonly #seen: Map<string, Seen>;

  private constructor(path: string, seen: Map<string, Seen>) {
    this.#path = path;
    this.#seen = seen;
  }

  /** Notes the files that are about to be written: those that differ between HEAD and `target`, and `more`. */
  static async note(path: string, target: string, more: readonly string[]): Promise<Mtimes> {
    const changed = (await gitText(path, ['diff', '--name-only', '-z', 'HEAD', target])).split('\0');
    const files = [...new Set([...changed, ...more])].filter(Boolean);
    const seen = new Map<string, Seen>();
    for (const [file, blob] of await blobs(path, files)) {
      const mtime = mtimeOf(join(path, file));
      if (mtime !== undefined) seen.set(file, { blob, mtime });
    }
    return new Mtimes(path, seen);
  }

  /** Gives back their times to the files that are what they were. */
  async restore(): Promise<void> {
    if (this.#seen.size === 0) return;
    for (const [file, blob] of await blobs(this.#path, [...this.#seen.keys()])) {
      const before = this.#seen.get(file);
      if (before === undefined || before.blob !== blob) continue;
      lutimesSync(join(this.#path, file), before.mtime, before.mtime);
    }
    // the index notes times too; without this every later git command would read the files again
    await gitText(this.#path, ['update-index', '-q', '--refresh']);
  }
}

async function blobs(path: string, files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (files.length === 0) return found;
  const list = await gitText(path, ['--literal-pathspecs', 'ls-tree', '-z', 'HEAD', '--', ...files]);
  for (const entry of list.split('\0')) {
    const [, blob, file] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    if (blob !== undefined && file !== undefined) found.set(file, blob);
  }
  return found;
}

function mtimeOf(path: string): Date | undefined {
  try {
    return lstatSync(path).mtime;
  } catch {
    return undefined;
  }
}
