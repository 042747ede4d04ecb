/** Sentences are kept in files, apart from the code that computes what goes into them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Values = Readonly<Record<string, string | number>>;

/** Replaces each `{name}`. @throws RangeError for a placeholder without a value, and a value without a placeholder */
export function fill(template: string, values: Values, name = template): string {
  const left = new Set(Object.keys(values));
  const text = template.replace(/\{(\w+)\}/g, (_, key: string) => {
    if (!Object.hasOwn(values, key)) throw new RangeError(`${name}: no value for {${key}}`);
    left.delete(key);
    return String(values[key]);
  });
  if (left.size > 0) throw new RangeError(`${name}: no place for ${[...left].join(', ')}`);
  return text;
}

/** A whole file, such as a page, with its placeholders filled in. */
export const fillFile = (file: string, values: Values): string => fill(readFileSync(file, 'utf8'), values, file);

/** `## name` begins a text, an empty line a paragraph; other line breaks are spaces. */
export function parseTexts(file: string): [name: string, paragraphs: string[]][] {
  return file
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [name = '', ...lines] = section.trim().split('\n');
      return [
        name,
        lines
          .join('\n')
          .split(/\n\n+/)
          .map((paragraph) => paragraph.replaceAll('\n', ' ')),
      ];
    });
}

export const TEXTS_DIR = join(import.meta.dirname, 'texts');
const FILES = readdirSync(TEXTS_DIR).filter((file) => file.endsWith('.texts.md'));
const TEXTS = new Map(FILES.flatMap((file) => parseTexts(readFileSync(join(TEXTS_DIR, file), 'utf8'))));

/** The paragraphs of a text. @throws RangeError for one that there is not */
export function paragraphs(name: string): readonly string[] {
  const found = TEXTS.get(name);
  if (found === undefined) throw new RangeError(`no text ${name} in ${TEXTS_DIR}`);
  return found;
}

/** A text of one paragraph, with its placeholders filled in. */
export const say = (name: string, values: Values = {}): string => fill(paragraphs(name).join(' '), values, name);
