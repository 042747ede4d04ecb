/** Who sends the series, or that it has no sender yet. Pure. */
import { WorkbenchError } from '../lib/errors.ts';
import type { Patch } from '../series/patchfile.ts';

export const NOT_TO_BE_SENT = [
  'NOT TO BE SENT: the author is a placeholder, and nothing is signed off.',
  'What a person can send: npm run export -- --from "Name <mail>"',
] as const;
/** For a reader of headers, a filter, or a hook of git send-email. */
export const NOT_TO_BE_SENT_HEADER = 'X-Not-To-Be-Sent: the author is a placeholder; npm run export -- --from';

/** `Name <address>` of a person. @throws E_USAGE */
export function parseSender(text: string): string {
  const [, name = '', address = ''] =
    /^\s*([^<>@"\\()]*[^<>@"\\()\s])\s+<([\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+)>\s*$/.exec(text) ?? [];
  if (name === '' || /[^\P{Cc}\s]/u.test(name))
    throw new WorkbenchError('E_USAGE', `--from is no "Name <mail>": ${text}`, { next: 'npm run export -- --help' });
  return `${name.replace(/\s+/g, ' ')} <${address}>`;
}

const TRAILER = /^[A-Z][\w-]*: \S|^\[.*\]$/i;

/** The message with the sender's sign-off as its last line, once. */
export function signOff(body: string, sender: string): string {
  const line = `Signed-off-by: ${sender}`;
  const paragraphs = body.split('\n\n');
  const last = paragraphs.at(-1)?.split('\n') ?? [];
  if (last.at(-1) === line) return body;
  if (body === '') return line;
  return `${body}${last.every((text) => TRAILER.test(text)) ? '\n' : '\n\n'}${line}`;
}

/**
 * The patch as it is sent. The sender is the author of what has the placeholder; another author stands, as git reads
 * it, in the first line of the message.
 */
export function withSender(patch: Patch, placeholder: string, sender: string | undefined): Patch {
  if (sender === undefined)
    return { ...patch, notes: [NOT_TO_BE_SENT.join('\n'), ...(patch.notes === '' ? [] : [patch.notes])].join('\n\n') };
  const body = signOff(patch.body, sender);
  const foreign = patch.author !== placeholder && patch.author !== sender;
  return { ...patch, author: sender, body: foreign ? `From: ${patch.author}\n\n${body}` : body };
}
