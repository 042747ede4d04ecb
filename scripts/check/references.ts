/** What a message points to: paths, commits and links, as far as that can be judged without a network. Pure. */
import type { Finding } from '../records/series.ts';
import { finding } from './list.ts';

const SHA_DIGITS = 12;
const URLS = /https?:\/\/[^\s>)"']+/g;
/** What a C file includes from the system's headers is not of the tree. */
const INCLUDED = /<[^>\s]+>/g;
const FILE = /^[\w+-][\w.+/-]*\.(?:[chS]|rst|py|sh|pl|yaml|lds|cocci)$/;
/** Made by builds, and never in the tree. */
const MADE = /(?:^|\/)(?:vmlinux|autoconf|bpf_helper_defs)\.h$|(?:^|\/)(?:generated|build[^/]*)\//;
/** Of these, a single slash is not that between two words ("kernel/user"). */
const PLACES = /^(?:arch|Documentation|drivers|include|samples|scripts|tools)\//;
const PREFER_LORE = /^https?:\/\/(?:www\.)?(?:lkml\.org|marc\.info|spinics\.net|mail-archive\.com)\//;

const reference = (type: string, message: string): Finding => finding('reference', type, message);

/** The tree as far as messages name it. */
export interface Named {
  /** A path, or the end of one from a slash on. */
  readonly file: (path: string) => boolean;
  readonly directory: (path: string) => boolean;
  /** A directory of the top level. */
  readonly top: (name: string) => boolean;
}

/** @param paths all of the tree, a line each, and those that the patch takes away */
export function namedIn(paths: string): Named {
  const text = `\n${paths.trim()}\n`;
  const file = (path: string): boolean => text.includes(`\n${path}\n`) || text.includes(`/${path}\n`);
  const directory = (path: string): boolean => text.includes(`\n${path}/`) || text.includes(`/${path}/`);
  return { file, directory, top: (name) => text.includes(`\n${name}/`) };
}

/** `a.{c,h}` names two. */
function unfold(word: string): string[] {
  const [, before = '', choices, after = ''] = /^(.*?)\{([^{}]*)\}(.*)$/.exec(word) ?? [];
  if (choices === undefined) return word.split(',').filter(Boolean);
  return choices.split(',').flatMap((choice) => unfold(before + choice + after));
}

function pathFindings(body: string, { file, directory, top }: Named): Finding[] {
  const words = body
    .replace(URLS, ' ')
    .replace(INCLUDED, ' ')
    .split(/[\s"'`()[\];:=<>]+/);
  const names = words.flatMap((word) => unfold(word.replace(/[.,!?]+$/, ''))).filter((name) => /^[\w+-]/.test(name));
  return [...new Set(names)].flatMap((name) => {
    if (name.includes('*') || MADE.test(name)) return [];
    const path = name.replace(/\/$/, '');
    const [first = '', ...rest] = path.split('/');
    const wanted = FILE.test(path) || (rest.length > (PLACES.test(path) || name !== path ? 0 : 1) && top(first));
    // the last one: a program by the name of its source, which is built where that lies
    if (!wanted || file(path) || directory(path) || file(`${path}.c`)) return [];
    return [reference('PATH_UNKNOWN', `${name} is in the tree neither before nor after this patch`)];
  });
}

function commitFindings(body: string): Finding[] {
  const [fixes, prose] = [/^Fixes: (.*)$/gm, body.replace(/^[A-Z][A-Za-z-]+: .*$/gm, '').replace(/\s+/g, ' ')];
  const named = [
    ...[...body.matchAll(fixes)].map(([, text = '']) => /^([0-9a-f]*)(.*)$/.exec(text)),
    // a word of the letters a to f is no commit
    ...prose.matchAll(/\bcommits? (?=[a-f]*\d)([0-9a-f]{6,40})\b(.{0,200})/gi),
  ];
  return named.flatMap((found) => {
    const [, sha = '', rest = ''] = found ?? [];
    if (sha.length >= SHA_DIGITS && /^ \(".+?"\)/.test(rest)) return [];
    const wanted = `${'x'.repeat(SHA_DIGITS)} ("its subject")`;
    return [reference('COMMIT_FORM', `commit "${(sha + rest).slice(0, 30)}" is not named as in ${wanted}`)];
  });
}

function linkFault(url: string): string | undefined {
  if (!URL.canParse(url)) return 'is no address';
  const { protocol, hostname, pathname } = new URL(url);
  if (PREFER_LORE.test(url)) return 'is better one of lore.kernel.org';
  if (protocol !== 'https:') return 'is not https';
  if (hostname === 'lore.kernel.org' && !/^\/[^/]+\/[^/]+@[^/]+/.test(decodeURIComponent(pathname)))
    return 'names no message id';
  return undefined;
}

function linkFindings(body: string): Finding[] {
  const trailers = [...body.matchAll(/^(?:Link|Closes|BugLink|Buglink): *(.*)$/gm)].map(([, text = '']) => text);
  const bad = trailers.filter((text) => !/^https?:\/\/\S+(?: (?:# )?\[\d+\])?$/.test(text));
  return [
    ...bad.map((text) => reference('LINK_FORM', `"${text}" is not one address`)),
    ...(body.match(URLS) ?? []).flatMap((found) => {
      const url = found.replace(/[.,;:]+$/, '');
      const fault = linkFault(url);
      return fault === undefined ? [] : [reference('LINK_FORM', `${url} ${fault}`)];
    }),
  ];
}

export function referenceFindings(body: string, named: Named): Finding[] {
  return [...pathFindings(body, named), ...commitFindings(body), ...linkFindings(body)];
}
