import type { Problem } from '../lib/errors.ts';
import { withoutBlobIds } from '../series/diff.ts';
import type { Commit } from '../series/export.ts';
import type { PatchFile } from '../series/load.ts';
import { fromUtf8, messageFault } from '../series/mailinfo.ts';
import { formatPatch, inspectPatch, messageOf, patchFileName, type Patch } from '../series/patchfile.ts';

/** A patch as it stands in patches/ now. */
export interface Existing extends PatchFile {
  readonly file: string;
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
  readonly content: Buffer;
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
  const origin = matchExisting(input.commits, input.existing);
  const problems = input.commits.flatMap((commit) => refusals(commit, input, origin.get(commit.commit)));
  const twice = input.commits.filter(
    ({ subject }, index) => input.commits.findIndex((other) => other.subject === subject) !== index,
  );
  for (const { commit, subject } of twice) {
    problems.push(
      problem(
        'REFRESH_SUBJECT',
        commit,
        `"${subject}" is the subject of two commits`,
        'subjects are unique: git commit --amend one of them',
      ),
    );
  }
  const entries: Omit<Entry, 'id' | 'file'>[] = input.commits.map((commit) => {
    const before = origin.get(commit.commit);
    const content = contentOf(commit, input.author, before);
    // blob ids change with every release of the base: alone they are no reason to touch a file
    const same =
      before !== undefined &&
      withoutBlobIds(before.content.toString('latin1')) === withoutBlobIds(content.toString('latin1'));
    return {
      content: same ? before.content : content,
      from: before?.file,
      subject: commit.subject,
      commit: commit.commit,
    };
  });
  for (const { file, patch, content } of input.existing) {
    const resolved = input.commits.some(({ subject }) => subject === patch.subject);
    if (input.pending.includes(file) && !resolved)
      entries.push({ content, from: file, subject: patch.subject, commit: undefined });
  }
  return {
    problems,
    entries: entries.map((entry, index) => ({
      ...entry,
      id: String(index + 1).padStart(2, '0'),
      file: patchFileName(index + 1, entry.subject),
    })),
  };
}

export function contentOf(commit: Commit, author: string, before: Existing | undefined): Buffer {
  return formatPatch({ ...commit, author, notes: before?.patch.notes ?? '' });
}

export function refusals(
  commit: Commit,
  input: Pick<RefreshInput, 'author' | 'adopt'>,
  before: Existing | undefined,
): Problem[] {
  const found: Problem[] = [];
  const { subject, author, parents, diff } = commit;
  const add = (code: string, message: string, hint: string): void =>
    void found.push(problem(code, commit.commit, `"${subject}" ${message}`, hint));
  if (parents.length !== 1) add('REFRESH_MERGE', 'is a merge', 'rebase the branch: a series is a line of commits');
  else if (diff === '') add('REFRESH_EMPTY', 'changes nothing', 'git rebase --interactive, and drop it');
  if (author !== input.author && !input.adopt)
    add(
      'REFRESH_FOREIGN',
      `is by ${author}, not by ${input.author}`,
      'if it belongs to the series: npm run refresh -- --adopt',
    );
  const fault = messageFault(commit.body.split('\n'));
  if (fault !== undefined) add('REFRESH_MESSAGE', `cannot keep its message: ${fault.message}`, fault.hint ?? AMEND);
  else for (const [code, message] of misreadings(commit, input.author, before)) add(code, message, AMEND);
  return found;
}

const AMEND = 'git commit --amend; in git rebase --interactive when it is not the last one';
const CODES: Readonly<Record<string, string>> = {
  PATCH_SUBJECT: 'REFRESH_SUBJECT',
  PATCH_NO_SUBJECT: 'REFRESH_SUBJECT',
  PATCH_TEXT: 'REFRESH_DIFF',
  PATCH_TRUNCATED: 'REFRESH_DIFF',
};

/** What of a commit would not be the same, byte for byte, when its patch is read back. */
function misreadings(
  commit: Commit,
  author: string,
  before: Existing | undefined,
): (readonly [code: string, message: string])[] {
  const { patch, problems } = inspectPatch(contentOf(commit, author, before), 'patch');
  if (patch === undefined) {
    return problems
      .filter(({ code }) => code !== 'PATCH_NO_DIFF')
      .map(({ code, message, position }) => [
        CODES[code] ?? code,
        `cannot be a patch, for line ${position?.line} of it: ${message}`,
      ]);
  }
  const message = Buffer.from(messageOf(patch)).toString('latin1');
  const rows: readonly (readonly [code: string, same: boolean, message: string])[] = [
    [
      'REFRESH_MESSAGE',
      message === commit.message,
      fromUtf8(commit.message) === undefined
        ? 'has a message that is not UTF-8'
        : 'has blanks at an end of a line, empty lines in a row or a subject of two lines, which git am would not keep',
    ],
    ['REFRESH_AUTHOR', patch.author === author, `would be by ${patch.author}, for so git reads "${author}"`],
    ['REFRESH_NOTES', patch.notes === (before?.patch.notes ?? ''), 'would lose something of its notes'],
    ['REFRESH_DIFF', patch.diff === commit.diff, 'has a diff that git am would not take whole'],
  ];
  return rows.filter(([, same]) => !same).map(([code, , text]) => [code, text]);
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
