/**
 * Reads a kernel's Kconfig files into a table of symbols: enough to say why a symbol cannot have a
 * value, not enough to configure a kernel. Macros are kept as text.
 */
import { ExprError, parseExpr, type Expr } from './expr.ts';

export interface Condition {
  readonly expr: Expr;
  readonly file: string;
  readonly line: number;
}

export interface Definition {
  readonly file: string;
  readonly line: number;
  /** `depends on` of the symbol and of every `if`, menu and choice around it. */
  readonly depends: readonly Condition[];
  /** Empty when the symbol cannot be set by hand; otherwise the conditions of each prompt. */
  readonly prompts: readonly (readonly Condition[])[];
  /** Position of the choice the symbol is a member of. */
  readonly choice: string | undefined;
}

interface Selector {
  readonly by: string;
  readonly file: string;
  readonly line: number;
}

export interface SymbolTable {
  readonly definitions: ReadonlyMap<string, readonly Definition[]>;
  /** Who may `select` a symbol, conditions left aside. */
  readonly selectors: ReadonlyMap<string, readonly Selector[]>;
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

interface Scope {
  readonly kind: 'menu' | 'if' | 'choice';
  readonly depends: Condition[];
  readonly visible: Condition[];
  readonly id: string;
}

interface Draft {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly own: Condition[];
  readonly prompts: Condition[][];
}

/** An expression beyond us is kept as a macro: named as a suspect, never a reason to give up the tree. */
function readable(text: string): Expr {
  try {
    return parseExpr(text);
  } catch (error: unknown) {
    if (error instanceof ExprError) return { kind: 'macro', text: text.trim() };
    throw error;
  }
}

/** @param read text of a file relative to the tree, or undefined when there is none */
export function readSymbols(read: (path: string) => string | undefined, arch: string, root = 'Kconfig'): SymbolTable {
  const definitions = new Map<string, Definition[]>();
  const selectors = new Map<string, Selector[]>();
  const choices = new Map<string, string[]>();
  const scopes: Scope[] = [];
  let draft: Draft | undefined;

  const condition = (text: string | undefined, file: string, line: number): Condition[] =>
    text === undefined ? [] : [{ expr: readable(text), file, line }];

  const finish = (): void => {
    if (draft === undefined) return;
    const { name, file, line, own, prompts } = draft;
    const visible = scopes.flatMap((scope) => scope.visible);
    const choice = scopes.findLast((scope) => scope.kind === 'choice')?.id;
    const definition: Definition = {
      file,
      line,
      choice,
      depends: [...own, ...scopes.flatMap((scope) => scope.depends)],
      prompts: prompts.map((prompt) => [...prompt, ...visible]),
    };
    definitions.set(name, [...(definitions.get(name) ?? []), definition]);
    if (choice !== undefined) choices.set(choice, [...(choices.get(choice) ?? []), name]);
    draft = undefined;
  };
  const open = (kind: Scope['kind'], file: string, line: number, depends: Condition[]): void => {
    finish();
    scopes.push({ kind, depends, visible: [], id: `${file}:${line}` });
  };

  const statement = (content: string, file: string, line: number): void => {
    const [, word = '', rest = ''] = /^\s*(\S+)\s*(.*)$/.exec(content) ?? [];
    const [, body = '', when] = /^("(?:[^"\\]|\\.)*"|'[^']*'|.*?)(?:\s+if\s+(.*))?$/.exec(rest) ?? [];
    const scope = scopes.at(-1);
    if (word === 'config' || word === 'menuconfig') {
      finish();
      draft = { name: rest.trim(), file, line, own: [], prompts: [] };
    } else if (word === 'menu') open('menu', file, line, []);
    else if (word === 'choice') open('choice', file, line, []);
    else if (word === 'if') open('if', file, line, condition(rest, file, line));
    else if (word === 'endmenu' || word === 'endif' || word === 'endchoice') {
      finish();
      scopes.pop();
    } else if (word === 'comment') {
      finish();
    } else if (word === 'source') {
      finish();
      const path = rest.replace(/^"|"$/g, '').replaceAll('$(SRCARCH)', arch);
      if (!path.includes('$(')) parse(path);
    } else if (word === 'depends') {
      (draft?.own ?? scope?.depends)?.push(...condition(rest.replace(/^on\s+/, ''), file, line));
    } else if (word === 'visible') {
      scope?.visible.push(...condition(rest.replace(/^if\s+/, ''), file, line));
    } else if (/^(?:bool|tristate|int|hex|string|prompt)$/.test(word)) {
      if (/^["']/.test(body)) draft?.prompts.push(condition(when, file, line));
    } else if (word === 'select' && draft !== undefined) {
      const selector = { by: draft.name, file, line };
      selectors.set(body, [...(selectors.get(body) ?? []), selector]);
    }
  };

  const parse = (file: string): void => {
    const lines = read(file)?.split('\n') ?? [];
    let helpIndent: number | undefined;
    let inHelp = false;
    for (let i = 0; i < lines.length; i += 1) {
      const line = i + 1;
      let content = lines[i] ?? '';
      const indent = content.replaceAll('\t', '        ').search(/\S/);
      if (inHelp) {
        helpIndent ??= indent > 0 ? indent : indent === 0 ? Infinity : undefined;
        if (indent === -1 || indent >= (helpIndent ?? 0)) continue;
        inHelp = false;
      }
      if (indent === -1) continue;
      while (content.endsWith('\\') && i + 1 < lines.length) content = content.slice(0, -1) + (lines[++i] ?? '');
      content = content.replace(/(^|\s)#.*$/, '');
      if (/^\s*(?:---)?help(?:---)?\s*$/.test(content)) {
        inHelp = true;
        helpIndent = undefined;
      } else if (content.trim() !== '') {
        statement(content, file, line);
      }
    }
    finish();
  };

  parse(root);
  return { definitions, selectors, choices };
}
