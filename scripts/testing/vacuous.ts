/**
 * Finds assertions that cannot fail: tap's match() takes an empty list or object in a pattern for "anything of that
 * kind". Pure.
 */

const OPEN = '([{';
const CLOSE = ')]}';
/** Behind these a slash begins a regular expression; behind anything else it divides. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/;

/**
 * The text between `from`, just behind a parenthesis, and its counterpart, as the arguments it holds; strings and
 * patterns are blanked.
 */
function argumentsAt(text: string, from: number): string[] {
  const found = [''];
  let depth = 0;
  const add = (part: string): void => void found.push(`${found.pop() ?? ''}${part}`);
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    const literal = /['"`]/.test(char) || (char === '/' && BEFORE_REGEXP.test(text.slice(Math.max(0, at - 20), at)));
    if (literal) {
      let inClass = false;
      for (at += 1; at < text.length && (text.charAt(at) !== char || inClass); at += 1) {
        if (text.charAt(at) === '\\') at += 1;
        else if (char === '/' && text.charAt(at) === '[') inClass = true;
        else if (text.charAt(at) === ']') inClass = false;
      }
      add('L');
    } else if (depth === 0 && char === ',') found.push('');
    else if (depth === 0 && CLOSE.includes(char)) return found;
    else {
      if (OPEN.includes(char)) depth += 1;
      if (CLOSE.includes(char)) depth -= 1;
      add(char);
    }
  }
  return found;
}

/** Lines, from 1 on, of the match() calls of a test file whose pattern has an empty list or object in it. */
export function vacuousMatches(text: string): number[] {
  return [...text.matchAll(/\bt\.(?:match|has)\(/g)].flatMap(({ index, 0: call }) => {
    const pattern = argumentsAt(text, index + call.length)[1] ?? '';
    return /(?:^|[[{,:])\s*(?:\[\s*\]|\{\s*\})/.test(pattern) ? [text.slice(0, index).split('\n').length] : [];
  });
}
