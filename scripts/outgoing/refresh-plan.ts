import type { Problem } from '../lib/errors.ts';
import { withoutBlobIds } from '../series/diff.ts';
import type { Commit } from '../series/export.ts';
import { formatPatch, patchFileName, unstableLine, type Patch } from '../series/patchfile.ts';

/** A patch as it stands in patches/ now. */
export interface Existing {
  readonly file: string;
  readonly patch: Patch;
  readonly text: string;
}

export interface RefreshInput {
  readonly author: string;
  /** Make commits of other authors ours instead of refusing them. */
  readonly adopt: boolean;
  /** Commits on top of the base, oldest first. */
  readonly commits: readonly Commit[];
  /** In the order of the manifest. */
  readonly existing: readonly Existing[];
  /** Files that a conflict kept from being applied: they stay, behind the commits. */
  readonly pending: readonly string[];
}

export interface Entry {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  /** The file this patch had before: its manifest entry, with its comments, is kept. */
  readonly from: string | undefined;
  readonly subject: string;
  /** undefined for a pending patch. */
  readonly commit: string | undefined;
}

export interface RefreshPlan {
  readonly problems: readonly Problem[];
  readonly entries: readonly Entry[];
}

/** What patches/ must hold for these commits; the same commits always give the same bytes. */
export function planRefresh(input: RefreshInput): RefreshPlan {
  const problems = input.commits.flatMap((commit) => refusals(commit, input));
  const twice = input.commits.filter(({ subject }, index) => input.commits.findIndex((other) => other.subject === subject) !== index);
  for (const { commit, subject } of twice) {
    problems.push(problem('REFRESH_SUBJECT', commit, `"${subject}" is the subject of two commits`, 'subjects are unique: git commit --amend one of them'));
  }
  const origin = matchExisting(input.commits, input.existing);
  const entries: Omit<Entry, 'id' | 'file'>[] = input.commits.map((commit) => {
    const before = origin.get(commit.commit);
    const text = formatPatch({ ...commit, author: input.author, notes: before?.patch.notes ?? '' });
    // blob ids change with every release of the base: alone they are no reason to touch a file
    const same = before !== undefined && withoutBlobIds(before.text) === withoutBlobIds(text);
    return { text: same ? before.text : text, from: before?.file, subject: commit.subject, commit: commit.commit };
  });
  for (const { file, patch, text } of input.existing) {
    const resolved = input.commits.some(({ subject }) => subject === patch.subject);
    if (input.pending.includes(file) && !resolved) entries.push({ text, from: file, subject: patch.subject, commit: undefined });
  }
  return {
    problems,
    entries: entries.map((entry, index) => ({ ...entry, id: String(index + 1).padStart(2, '0'), file: patchFileName(index + 1, entry.subject) })),
  };
}

function refusals(commit: Commit, input: RefreshInput): Problem[] {
  const found: Problem[] = [];
  if (commit.parents.length !== 1) found.push(problem('REFRESH_MERGE', commit.commit, `"${commit.subject}" is a merge`, 'rebase the branch: a series is a line of commits'));
  else if (commit.files.length === 0) found.push(problem('REFRESH_EMPTY', commit.commit, `"${commit.subject}" changes nothing`, 'git rebase --interactive, and drop it'));
  if (commit.author !== input.author && !input.adopt) {
    found.push(problem('REFRESH_FOREIGN', commit.commit, `"${commit.subject}" is by ${commit.author}, not by ${input.author}`, 'if it belongs to the series: npm run refresh -- --adopt'));
  }
  const line = unstableLine(commit.body);
  if (line !== undefined) {
    found.push(problem('REFRESH_MESSAGE', commit.commit, `git am would cut the message of "${commit.subject}" at "${line}"`, 'indent the line, or word it differently'));
  }
  if (/^\[.*\]/.test(commit.subject)) {
    found.push(problem('REFRESH_SUBJECT', commit.commit, `git am would drop the brackets of "${commit.subject}"`, 'the prefix is in series.yaml, not in the subject'));
  }
  return found;
}

function problem(code: string, commit: string, message: string, hint: string): Problem {
  return { code, message: `${commit.slice(0, 12)}: ${message}`, hint };
}

/** By subject; a commit whose subject changed is still the patch that changes the same lines, or the same files. */
function matchExisting(commits: readonly Commit[], existing: readonly Existing[]): Map<string, Existing> {
  const found = new Map<string, Existing>();
  const free = new Set(existing);
  const rounds: ((commit: Commit, patch: Patch) => boolean)[] = [
    (commit, patch) => commit.subject === patch.subject,
    (commit, patch) => withoutBlobIds(commit.diff) === withoutBlobIds(patch.diff),
    (commit, patch) => paths(commit) === paths(patch),
  ];
  for (const matches of rounds) {
    for (const commit of commits) {
      if (found.has(commit.commit)) continue;
      const match = [...free].find(({ patch }) => matches(commit, patch));
      if (match === undefined) continue;
      free.delete(match);
      found.set(commit.commit, match);
    }
  }
  return found;
}

function paths({ files }: Pick<Patch, 'files'>): string {
  return files.map(({ path }) => path).join('\n');
}
