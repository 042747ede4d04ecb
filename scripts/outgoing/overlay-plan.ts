/** What patches/BASE must hold for the commits on another base than the primary one. Pure. */
import type { Problem } from '../lib/errors.ts';
import { withoutBlobIds } from '../series/diff.ts';
import type { Commit } from '../series/export.ts';
import { diffName, doesWithout, extraName, type Overlay } from '../series/overlay.ts';
import { patchFileName, type SeriesPatch } from '../series/patchfile.ts';
import { contentOf, refusals, type Existing } from './refresh-plan.ts';

export interface OverlayInput {
  readonly base: string;
  readonly author: string;
  readonly adopt: boolean;
  /** Commits on top of the base, oldest first. */
  readonly commits: readonly Commit[];
  /** Of the primary base, in order: message, author and place are theirs. */
  readonly primary: readonly SeriesPatch[];
  /** As it is now. */
  readonly overlay: Overlay;
  /** Files that a conflict kept from being applied: what is there of them stays. */
  readonly pending: readonly string[];
}

/** A commit, and the patch of the primary base that it is; undefined for one that only this base needs. */
export interface Step {
  readonly commit: Commit;
  readonly patch: SeriesPatch | undefined;
  /** Number of the patch that it is, or follows. */
  readonly number: number;
}

/** Which patch each commit is, and why the commits are not the series. */
export function matchCommits(input: OverlayInput): {
  readonly problems: readonly Problem[];
  readonly steps: readonly Step[];
} {
  const { base, commits, primary, pending } = input;
  const problems: Problem[] = [];
  const steps: Step[] = [];
  let last = 0;
  for (const commit of commits) {
    const patch = primary.find(({ subject }) => subject === commit.subject);
    const number = patch === undefined ? last : primary.indexOf(patch) + 1;
    const add = (code: string, message: string, hint: string): void =>
      void problems.push({
        code,
        message: `${commit.commit.slice(0, 12)}: "${commit.subject}" ${message}`,
        position: { file: `patches/${patch?.file ?? ''}` },
        hint,
      });
    if (patch !== undefined && steps.some((step) => step.patch === patch))
      add('REFRESH_SUBJECT', 'is the subject of two commits', 'subjects are unique: git commit --amend one of them');
    else if (number < last)
      add('REFRESH_ORDER', `is patch ${patch?.id}, and follows patch ${primary[last - 1]?.id}`, ORDER);
    if (patch !== undefined && doesWithout(base, patch))
      add('REFRESH_EXCEPT', `is patch ${patch.id}, which ${base} does without`, EXCEPT);
    if (patch !== undefined && patch.body !== commit.body)
      add('REFRESH_MESSAGE', `has another message than patch ${patch.id}`, MESSAGE);
    last = Math.max(last, number);
    steps.push({ commit, patch, number });
    problems.push(...refusals(commit, input, patch === undefined ? undefined : asExisting(patch)));
  }
  const missing = primary.filter(
    (patch) =>
      !doesWithout(base, patch) && !pending.includes(patch.file) && !steps.some((step) => step.patch === patch),
  );
  for (const { id, subject, file } of missing)
    problems.push({
      code: 'REFRESH_MISSING',
      message: `no commit is patch ${id}, "${subject}"`,
      position: { file: `patches/${file}` },
      hint: MISSING,
    });
  return { problems, steps };
}

const ORDER = 'the order is that of the primary base: change it there, and here in git rebase --interactive';
const MESSAGE = 'messages are those of the primary base: change it there, and here in git rebase --interactive';
const MISSING = 'subjects are those of the primary base: change them there, and here in git rebase --interactive';

const EXCEPT = "drop it in git rebase --interactive, or take the base out of the patch's except in patches/series.yaml";

function asExisting({ file, content, ...patch }: SeriesPatch): Existing {
  return { file, content, patch };
}

/** A file of the overlay. */
export interface OverlayEntry {
  readonly name: string;
  readonly content: Buffer;
  /** undefined for what a conflict kept from being applied. */
  readonly commit: Commit | undefined;
}

/** @param own steps whose commit is not what the primary's diff makes of its parent */
export function planOverlay(input: OverlayInput, steps: readonly Step[], own: ReadonlySet<Step>): OverlayEntry[] {
  const { overlay, primary, pending, author } = input;
  const entries: OverlayEntry[] = [];
  for (const step of steps) {
    if (!own.has(step)) continue;
    entries.push({
      name: diffName(step.number),
      content: sameBytes(Buffer.from(step.commit.diff, 'latin1'), overlay.diffs.get(step.number)?.diff),
      commit: step.commit,
    });
  }
  for (const [number, { diff }] of overlay.diffs) {
    const { file } = primary[number - 1] ?? {};
    const resolved = steps.some((step) => step.patch !== undefined && step.number === number);
    if (file !== undefined && pending.includes(file) && !resolved)
      entries.push({ name: diffName(number), content: Buffer.from(diff, 'latin1'), commit: undefined });
  }
  return [...entries, ...extrasOf(steps, overlay, pending, author)];
}

function extrasOf(
  steps: readonly Step[],
  overlay: Overlay,
  pending: readonly string[],
  author: string,
): OverlayEntry[] {
  const made = steps.filter(({ patch }) => patch === undefined);
  const subjects = made.map(({ commit }) => commit.subject);
  const waiting = overlay.extras.filter(({ file, subject }) => pending.includes(file) && !subjects.includes(subject));
  const all = [
    ...made.map(({ commit, number }) => {
      const before = overlay.extras.find(({ subject }) => subject === commit.subject);
      const content = contentOf(commit, author, before === undefined ? undefined : asExisting(before));
      return {
        after: number,
        subject: commit.subject,
        content: sameBytes(content, before?.content.toString('latin1')),
        commit,
      };
    }),
    ...waiting.map(({ after, subject, content }) => ({ after, subject, content, commit: undefined })),
  ];
  return all.map(({ after, subject, content, commit }, index) => {
    const place = all.slice(0, index).filter((other) => other.after === after).length;
    return { name: extraName(after, place, patchFileName(after, subject)), content, commit };
  });
}

/** Blob ids change with every release of the base: alone they are no reason to touch a file. */
function sameBytes(content: Buffer, before: string | undefined): Buffer {
  return before !== undefined && withoutBlobIds(before) === withoutBlobIds(content.toString('latin1'))
    ? Buffer.from(before, 'latin1')
    : content;
}
