import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { messageOf, WorkbenchError, type Problem } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import type { Log } from '../lib/log.ts';
import { temporaryRoot } from '../lib/temporary.ts';
import { inspectPatch, type Patch } from '../series/patchfile.ts';
import { chooseSeries, partsOf, splitMbox, type Mail, type PatchMail } from './mbox.ts';

/** A mail as git mailinfo decodes it: transfer encodings and charsets are those of any mailer. */
interface Decoded extends PatchMail {
  readonly author: string;
  readonly message: string;
  readonly diff: string;
}

/** The series in an mbox, as from the list, or gzipped as its archive hands it out. */
export async function readMbox(
  path: string,
  log: Log,
): Promise<{ readonly version: number; readonly patches: readonly Patch[] }> {
  const mails = splitMbox(unpacked(readFileSync(path), path));
  const dir = mkdtempSync(join(temporaryRoot(), 'dtrace-bpf-mbox-'));
  const decoded: Decoded[] = [];
  try {
    for (const mail of mails) decoded.push(...(await decode(mail, dir)));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const { mails: chosen, version, others, problems } = chooseSeries(decoded, path);
  if (chosen.length === 0) throw unreadable(path, `no patch in the ${mails.length} mails of ${path}`, []);
  if (others.length > 0)
    log({
      kind: 'note',
      text: `${path} has v${[...others, version].sort((a, b) => a - b).join(', v')}; v${version} is taken`,
    });
  const found: Problem[] = [...problems];
  const patches = chosen.flatMap(({ line, parts, author, message, diff }) => {
    const text = ['From: from <the@list>', `Subject: ${parts.title}`, '', message + diff].join('\n');
    const { patch, problems: faults } = inspectPatch(Buffer.from(text, 'latin1'), path);
    found.push(...faults.map((fault) => ({ ...fault, position: { file: path, line } })));
    return patch === undefined ? [] : [{ ...patch, author }];
  });
  if (found.length > 0) throw unreadable(path, `${path} is no whole series`, found);
  return { version, patches };
}

function unpacked(raw: Buffer, path: string): Buffer {
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw;
  try {
    return gunzipSync(raw);
  } catch (error: unknown) {
    throw new WorkbenchError('E_PATCH_FORMAT', `${path} cannot be unpacked: ${messageOf(error)}`, {
      position: { file: path },
      next: `${formatArgv(['gzip', '--test', path])}  # get it again`,
    });
  }
}

/** Nothing for a mail that is no patch. */
async function decode({ line, text }: Mail, dir: string): Promise<Decoded[]> {
  const [message, diff] = [join(dir, 'message'), join(dir, 'diff')];
  const info = await gitText(dir, ['mailinfo', '-k', '--no-scissors', '--encoding=UTF-8', message, diff], {
    input: Buffer.from(text, 'latin1'),
  });
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(info)?.[1] ?? '';
  const parts = partsOf(header('Subject'));
  const content = readFileSync(diff, 'latin1');
  if (parts === undefined || parts.number === 0 || !/^diff --git /m.test(content)) return [];
  const title = Buffer.from(parts.title).toString('latin1');
  return [
    {
      line,
      parts: { ...parts, title },
      author: `${header('Author')} <${header('Email')}>`,
      message: readFileSync(message, 'latin1'),
      diff: content,
    },
  ];
}

function unreadable(path: string, message: string, problems: readonly Problem[]): WorkbenchError {
  return new WorkbenchError('E_PATCH_FORMAT', message, {
    position: { file: path, line: problems[0]?.position?.line ?? 1 },
    problems,
    next: `${formatArgv(['less', path])}  # get the whole thread: its archive has it as one mbox`,
  });
}
