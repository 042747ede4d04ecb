import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { gitText } from '../lib/git.ts';

/**
 * Every option that decides a diff's text, spelled out. Whole blob ids: an abbreviation grows with the repository,
 * and `am --3way` needs ids to find the file that the patch was made for.
 */
const DIFF_ARGS = [
  '-p',
  '--full-index',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--diff-algorithm=myers',
  '--indent-heuristic',
  '--unified=3',
  '--inter-hunk-context=0',
  '--find-renames=50%',
  '-O/dev/null',
  '--submodule=short',
] as const;

/** What the kernel's own .gitattributes say: they choose the function names behind the @@ of a hunk. */
const ATTRIBUTES = '*.[ch] diff=cpp\n*.dts diff=dts\n*.dts[io] diff=dts\n*.rs diff=rust\n';

/** The ids in a patch are of SHA-1. @throws E_TREE */
export function refuseFormat(format: string, repo: string): void {
  if (format === 'sha1') return;
  throw new WorkbenchError('E_TREE', `${repo} is a ${format} repository, and the patches name files by sha1`, {
    next: 'give a clone with the usual ids, such as one of https://git.kernel.org',
  });
}

/** A line of objects/info/alternates, quoted as C does it: a path may have a newline. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** A repository of its own that borrows the objects of another one, and so has none of its settings and attributes. */
export interface Reader {
  readonly dir: string;
  git(...args: readonly string[]): Promise<string>;
  /** What each commit changes, as it is stored in patches/: bytes, one a character. Empty for a merge. */
  diffs(commits: readonly string[]): Promise<string[]>;
}

/**
 * A person's `diff.*` settings, .git/info/attributes and the .gitattributes that happen to be checked out change the
 * text of a diff, and no option turns all of them off. What is written goes to the reader, not to `repo`.
 */
export async function withReader<T>(repo: string, work: (reader: Reader) => Promise<T>): Promise<T> {
  const asked = await gitText(repo, [
    'rev-parse',
    '--show-object-format',
    '--path-format=absolute',
    '--git-path',
    'objects',
  ]);
  const [, format = '', objects = ''] = /^(\S+)\n(.*)\n$/s.exec(asked) ?? [];
  refuseFormat(format, repo);
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-bpf-reader-'));
  try {
    for (const name of ['objects/info', 'refs', 'info']) mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, 'HEAD'), 'ref: refs/heads/none\n');
    writeFileSync(join(dir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
    writeFileSync(join(dir, 'info/attributes'), ATTRIBUTES);
    writeFileSync(join(dir, 'objects/info/alternates'), `${quoted(objects)}\n`);
    const git = async (...args: readonly string[]): Promise<string> => gitText(dir, args, { objectsOf: repo });
    const output = join(dir, 'diff');
    return await work({
      dir,
      git,
      diffs: async (commits) => {
        await gitText(
          dir,
          ['diff-tree', '--stdin', '--always', '--format=%x00%H', ...DIFF_ARGS, `--output=${output}`],
          { input: commits.map((commit) => `${commit}\n`).join(''), objectsOf: repo },
        );
        const text = readFileSync(output, 'latin1');
        const starts = commits.map((commit) => text.indexOf(`\0${commit}\n`));
        return starts.map((start, index) => text.slice(start, starts[index + 1]).replace(/^\0.*\n\n?/, ''));
      },
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
