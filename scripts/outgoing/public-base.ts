/** Where the series stands, in the words of `git format-patch --base`. */
import { gitText } from '../lib/git.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { withReader } from '../series/reader.ts';

/** More commits that no remote has are no preparation for the series. */
const MAX_PREREQUISITES = 99;

/** The `base-commit:` line, and one `prerequisite-patch-id:` for each commit below the series that is on no remote. */
export async function baseLines({ base, head, worktree }: ApplyRecord): Promise<string[]> {
  const from = base.personal ? await publicBelow(base.repo, base.commit) : base.commit;
  if (from === base.commit) return [`base-commit: ${base.commit}`];
  const text = await withReader(worktree, async ({ git }) =>
    git('format-patch', '--stdout', '--no-signature', `--base=${from}`, `${base.commit}..${head}`),
  );
  return text.split('\n').filter((line) => /^(?:base-commit|prerequisite-patch-id): [0-9a-f]+$/.test(line));
}

/** The last commit that a remote has too; the base itself when it has none, or when that is not one commit. */
async function publicBelow(repo: string, commit: string): Promise<string> {
  if ((await gitText(repo, ['for-each-ref', '--count=1', 'refs/remotes'])) === '') return commit;
  const args = ['rev-list', '--boundary', `--max-count=${MAX_PREREQUISITES + 1}`, commit, '--not', '--remotes'];
  const lines = (await gitText(repo, args)).split('\n').filter(Boolean);
  const borders = lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
  const [border] = borders;
  return border === undefined || borders.length > 1 || lines.length - 1 > MAX_PREREQUISITES ? commit : border;
}
