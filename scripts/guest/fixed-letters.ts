/** The letters that a pattern has in every text that it matches, for a search letter by letter; pure. */

/** Stands where the text varies by more than a number does. */
const VARIES = '\0';
const MOST = 64;
/** Of a class so small each letter is tried. */
const SMALL_CLASS = 3;

function product(heads: readonly string[], tails: readonly string[]): string[] {
  return heads.flatMap((head) => tails.map((tail) => head + tail)).slice(0, MOST);
}

/** Reads the part of the syntax that the lists of heads use. */
class Reader {
  #at = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): string[] {
    const all: string[] = [];
    let sequence = [''];
    for (let next = this.#peek(); next !== undefined && next !== ')'; next = this.#peek()) {
      if (next === '|') {
        this.#at++;
        all.push(...sequence);
        sequence = [''];
      } else {
        sequence = product(sequence, this.#quantified());
      }
    }
    return [...all, ...sequence];
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #take(pattern: RegExp): string {
    const found = new RegExp(pattern.source, 'y');
    found.lastIndex = this.#at;
    const text = found.exec(this.#source)?.[0] ?? '';
    this.#at += text.length;
    return text;
  }

  #quantified(): string[] {
    const atom = this.#atom();
    const quantifier = this.#take(/[?*+]|\{\d+(?:,\d*)?\}/);
    // what may be missing is no fixed letter
    if (quantifier === '?' || quantifier === '*') return atom.includes(VARIES) ? [VARIES] : [''];
    const times = /^\{(\d+)/.exec(quantifier)?.[1];
    return times === undefined ? atom : atom.map((text) => (text === VARIES ? text : text.repeat(Number(times))));
  }

  #atom(): string[] {
    const around = this.#take(/\(\?<?[=!]/);
    const group = around === '' && this.#take(/\((?:\?:)?/) !== '';
    if (group || around !== '') {
      const inner = this.alternatives();
      this.#at++;
      return group ? inner : [''];
    }
    const set = this.#take(/\[(?:\\.|[^\]\\])*\]/);
    if (set !== '')
      return /^\[\w{1,3}\]$/.test(set) && set.length <= SMALL_CLASS + 2 ? [...set.slice(1, -1)] : [VARIES];
    const escaped = this.#take(/\\./).slice(1);
    // a number is short, and reads as the other writer's
    if (escaped === 'd' || escaped === 'b') return [''];
    if (escaped !== '') return /[wSs]/.test(escaped) ? [VARIES] : [escaped];
    const letter = this.#take(/./s);
    if (letter === '.') return [VARIES];
    return letter === '^' || letter === '$' ? [''] : [letter];
  }
}

/** Every run of fixed letters of each alternative of the pattern. */
export function fixedLetters(pattern: RegExp): string[] {
  const runs = new Reader(pattern.source).alternatives().flatMap((text) => text.split(VARIES));
  return [...new Set(runs)];
}
