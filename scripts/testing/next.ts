/** Finds commands of the workbench in texts, and what a printed command is filled with without quotes. Pure. */

export interface Mention {
  readonly name: string;
  readonly options: readonly string[];
}

const OPTION = /(?:^|[\s'[])--([a-z][a-z-]*)/g;

/** `npm run NAME -- OPTIONS`, `npm test` and the same as a list of words, or through again(), wherever they stand. */
export function commandsIn(text: string): Mention[] {
  const found: Mention[] = [];
  const add = (name: string, rest: string): void =>
    void found.push({ name, options: [...rest.matchAll(OPTION)].map(([, option = '']) => option) });
  // a command ends where its string, its sentence, or it itself does
  for (const match of text.matchAll(/\bnpm (?:run ([a-z]+(?::[a-z]+)?)|(test)\b)( -- [^'"`\n,;#&|)]*)?/g))
    add(match[1] ?? match[2] ?? '', match[3] ?? '');
  for (const match of text.matchAll(/'npm', (?:'run', '([a-z]+(?::[a-z]+)?)'|'(test)')([^\])]*)/g))
    add(match[1] ?? match[2] ?? '', match[3] ?? '');
  for (const match of text.matchAll(/\bagain\([^'\n]*?, '([a-z]+)'((?:, [^)\n]*)?)\)/g))
    add(match[1] ?? '', match[2] ?? '');
  return found;
}

/**
 * What the templates behind `next:` and `const next =` are filled with, unless it is quoted for the shell; with its
 * line from 1 on.
 */
export function unquotedIn(text: string): { readonly line: number; readonly expression: string }[] {
  return text.split('\n').flatMap((content, index) => {
    const start = /(?:^|[\s{(,])next: |\bconst next = /.exec(content);
    const value = start === null ? '' : withoutQuoted(content.slice(start.index));
    return [...value.matchAll(/\$\{([^}]+)\}/g)].map(([, expression = '']) => ({ line: index + 1, expression }));
  });
}

/** Without the calls, to their closing parentheses, of what quotes for the shell. */
function withoutQuoted(text: string): string {
  const call = /\b(?:formatArgv|again|quote)\(/.exec(text);
  if (call === null) return text;
  let at = call.index + call[0].length;
  for (let depth = 1; depth > 0 && at < text.length; at += 1) depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
  return text.slice(0, call.index) + withoutQuoted(text.slice(at));
}
