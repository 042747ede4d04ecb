/** Kconfig expressions: parse, print, evaluate, and say which part is not met. */

export type Expr =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: string }
  /** A macro call such as `$(cc-option,...)`; only Kconfig itself knows its value. */
  | { readonly kind: 'macro'; readonly text: string }
  | { readonly kind: 'not'; readonly inner: Expr }
  | { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Expr; readonly right: Expr };

export class ExprError extends Error {
  override readonly name = 'ExprError';
}

/** Balanced `$(...)`; expressions in the kernel nest these at most a few deep. */
function macroEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    if (text[i] === ')') {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  throw new ExprError(`unbalanced macro in ${text}`);
}

function tokens(text: string): string[] {
  const result: string[] = [];
  const pattern = /\s*(&&|\|\||!=|<=|>=|[=<>!()]|"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_.-]+)/y;
  for (let at = 0; at < text.trimEnd().length; ) {
    const rest = text.slice(at);
    const macro = /^\s*\$\(/.exec(rest);
    if (macro) {
      const start = at + macro[0].length - 2;
      const end = macroEnd(text, start);
      result.push(text.slice(start, end));
      at = end;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw new ExprError(`cannot read "${rest.trim()}"`);
    result.push(match[1] ?? '');
    at = pattern.lastIndex;
  }
  return result;
}

/** @throws ExprError when the text is no expression */
export function parseExpr(text: string): Expr {
  const list = tokens(text);
  let at = 0;
  const peek = (): string | undefined => list[at];
  const take = (): string => {
    const token = list[at];
    if (token === undefined) throw new ExprError(`expression ends too early: ${text}`);
    at += 1;
    return token;
  };
  const atom = (): Expr => {
    const token = take();
    if (token.startsWith('$(')) return { kind: 'macro', text: token };
    if (/^["']/.test(token)) return { kind: 'constant', value: token.slice(1, -1) };
    if (/^(?:[ymn]|-?\d+|0x[0-9a-fA-F]+)$/.test(token)) return { kind: 'constant', value: token };
    if (/^[A-Za-z0-9_]/.test(token)) return { kind: 'symbol', name: token };
    throw new ExprError(`unexpected "${token}" in ${text}`);
  };
  const unary = (): Expr => {
    if (peek() === '!') {
      take();
      return { kind: 'not', inner: unary() };
    }
    if (peek() === '(') {
      take();
      const inner = or();
      if (take() !== ')') throw new ExprError(`missing ")" in ${text}`);
      return inner;
    }
    const left = atom();
    const operator = peek();
    if (operator !== undefined && /^(?:!=|<=|>=|[=<>])$/.test(operator)) {
      take();
      return { kind: 'compare', operator, left, right: atom() };
    }
    return left;
  };
  const and = (): Expr => {
    let left = unary();
    while (peek() === '&&') {
      take();
      left = { kind: 'and', left, right: unary() };
    }
    return left;
  };
  const or = (): Expr => {
    let left = and();
    while (peek() === '||') {
      take();
      left = { kind: 'or', left, right: and() };
    }
    return left;
  };
  const expr = or();
  if (at !== list.length) throw new ExprError(`unexpected "${peek()}" in ${text}`);
  return expr;
}

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'symbol':
      return expr.name;
    case 'constant':
      return /^(?:[ymn]|-?\d+|0x[0-9a-fA-F]+)$/.test(expr.value) ? expr.value : `"${expr.value}"`;
    case 'macro':
      return expr.text;
    case 'not': {
      const inner = printExpr(expr.inner);
      return expr.inner.kind === 'and' || expr.inner.kind === 'or' ? `!(${inner})` : `!${inner}`;
    }
    case 'compare':
      return `${printExpr(expr.left)}${expr.operator}${printExpr(expr.right)}`;
    case 'or':
      return `${printExpr(expr.left)} || ${printExpr(expr.right)}`;
    case 'and': {
      const side = (e: Expr): string => (e.kind === 'or' ? `(${printExpr(e)})` : printExpr(e));
      return `${side(expr.left)} && ${side(expr.right)}`;
    }
  }
}

type Lookup = (symbol: string) => string;
const TRISTATE = ['n', 'm', 'y'];
const rank = (value: string): number => Math.max(0, TRISTATE.indexOf(value));

function text(expr: Expr, lookup: Lookup): string {
  if (expr.kind === 'symbol') return lookup(expr.name).replace(/^"(.*)"$/, '$1');
  if (expr.kind === 'constant') return expr.value;
  return TRISTATE[evaluate(expr, lookup)] ?? 'n';
}

/** 0 = n, 1 = m, 2 = y. A macro counts as met: `macrosIn` names the suspects when nothing else is unmet. */
export function evaluate(expr: Expr, lookup: Lookup): number {
  switch (expr.kind) {
    case 'symbol':
    case 'constant':
      return rank(text(expr, lookup));
    case 'macro':
      return 2;
    case 'not':
      return expr.inner.kind === 'macro' ? 2 : 2 - evaluate(expr.inner, lookup);
    case 'and':
      return Math.min(evaluate(expr.left, lookup), evaluate(expr.right, lookup));
    case 'or':
      return Math.max(evaluate(expr.left, lookup), evaluate(expr.right, lookup));
    case 'compare': {
      if (expr.left.kind === 'macro' || expr.right.kind === 'macro') return 2;
      const [a, b] = [text(expr.left, lookup), text(expr.right, lookup)];
      const [x, y] = [Number(a), Number(b)];
      const order = a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y) ? x - y : a < b ? -1 : a > b ? 1 : 0;
      const holds: Record<string, boolean> = {
        '=': order === 0,
        '!=': order !== 0,
        '<': order < 0,
        '>': order > 0,
        '<=': order <= 0,
        '>=': order >= 0,
      };
      return holds[expr.operator] ? 2 : 0;
    }
  }
}

/** The conjuncts that keep `expr` below `wanted`; an `or` is reported whole, since any side would do. */
export function unmetParts(expr: Expr, lookup: Lookup, wanted = 2): Expr[] {
  if (evaluate(expr, lookup) >= wanted) return [];
  if (expr.kind === 'and') return [...unmetParts(expr.left, lookup, wanted), ...unmetParts(expr.right, lookup, wanted)];
  return [expr];
}

function walk(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  if (expr.kind === 'not') walk(expr.inner, visit);
  if (expr.kind === 'and' || expr.kind === 'or' || expr.kind === 'compare') {
    walk(expr.left, visit);
    walk(expr.right, visit);
  }
}

export function symbolsIn(expr: Expr): string[] {
  const names = new Set<string>();
  walk(expr, (e) => {
    if (e.kind === 'symbol') names.add(e.name);
  });
  return [...names];
}

export function macrosIn(expr: Expr): string[] {
  const found = new Set<string>();
  walk(expr, (e) => {
    if (e.kind === 'macro') found.add(e.text);
  });
  return [...found];
}
