/**
 * Rules of a commit message that checkpatch does not know, each with a name so that an exception can be listed. Pure.
 */
import { WorkbenchError } from '../lib/errors.ts';
import type { Finding } from '../records/series.ts';
import { inspectPatch } from '../series/patchfile.ts';
import { finding as ofCheck } from './list.ts';

const SUBJECT_COLUMNS = 75;
const BODY_COLUMNS = 75;
/** Patch numbers, tags and hashes in front of a link cannot be wrapped; neither can tables and code. */
const UNWRAPPABLE = /^\s{2,}|^\t|https?:\/\/|^[A-Z][A-Za-z-]+: |^\S+$|\|/;
const IMPERATIVE_EXCEPTIONS = new Set([
  'need',
  'speed',
  'feed',
  'seed',
  'embed',
  'bring',
  'string',
  'ring',
  'process',
  'bypass',
  'pass',
  'focus',
  'address',
  'access',
  'discuss',
  'express',
  'miss',
  'less',
]);

export interface PatchMessage {
  readonly id: string;
  readonly subject: string;
  /** Everything between the subject and the `---` line. */
  readonly body: string;
  readonly from: string;
}

const finding = (type: string, message: string): Finding => ofCheck('message', type, message);

function subjectFindings({ subject }: PatchMessage): Finding[] {
  const found: Finding[] = [];
  if (subject.length > SUBJECT_COLUMNS)
    found.push(finding('SUBJECT_LONG', `subject has ${subject.length} columns, at most ${SUBJECT_COLUMNS}`));
  const match = /^[a-z0-9_/,. -]+: (\S+)/i.exec(subject);
  if (!match) found.push(finding('SUBJECT_PREFIX', `subject does not begin with "area: ": ${subject}`));
  if (subject.endsWith('.')) found.push(finding('SUBJECT_STOP', 'subject ends with a full stop'));
  const verb = (match?.[1] ?? '').toLowerCase();
  if (!IMPERATIVE_EXCEPTIONS.has(verb) && /(?:ed|ing|[^s]s)$/.test(verb)) {
    found.push(finding('SUBJECT_IMPERATIVE', `"${verb}" is not imperative`));
  }
  return found;
}

function bodyFindings({ body }: PatchMessage): Finding[] {
  const found: Finding[] = [];
  const lines = body.split('\n');
  const prose = lines.filter((line) => line.trim() !== '' && !/^[A-Z][A-Za-z-]+: \S/.test(line));
  if (prose.length === 0) found.push(finding('BODY_EMPTY', 'the message does not say why'));
  for (const line of lines) {
    if (line.length > BODY_COLUMNS && !UNWRAPPABLE.test(line))
      found.push(finding('BODY_WRAP', `line of ${line.length} columns: ${line.slice(0, 40)}...`));
  }
  if (/^\s*this (?:patch|commit|change)\b/im.test(body))
    found.push(finding('BODY_THIS_PATCH', 'says "this patch" instead of giving an order'));
  if (/^(?:Signed-off-by|Acked-by|Reviewed-by|Tested-by):/im.test(body)) {
    found.push(finding('TRAILER_FORGED', 'has a trailer that only the person it names may add'));
  }
  if (/^(?:Change-Id|commit-id):/im.test(body)) found.push(finding('TRAILER_TOOL', 'has a trailer of a private tool'));
  return found;
}

export function checkMessage(message: PatchMessage): Finding[] {
  return [...subjectFindings(message), ...bodyFindings(message)];
}

/** Subjects are how people refer to patches. */
export function checkSubjects(messages: readonly PatchMessage[]): { readonly id: string; readonly finding: Finding }[] {
  const seen = new Map<string, string>();
  return messages.flatMap(({ id, subject }) => {
    const before = seen.get(subject.toLowerCase());
    seen.set(subject.toLowerCase(), id);
    return before === undefined ? [] : [{ id, finding: finding('SUBJECT_TWICE', `same subject as patch ${before}`) }];
  });
}

/** What apply reads of a patch file. */
export function parseMessage(id: string, content: Buffer): PatchMessage {
  const { patch, problems } = inspectPatch(content, id);
  if (patch === undefined)
    throw new WorkbenchError('E_PATCH_FORMAT', `patch ${id} is not what was applied`, {
      problems,
      next: 'npm run apply',
    });
  return { id, subject: patch.subject, from: patch.author, body: patch.body };
}
