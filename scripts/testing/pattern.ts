/** One pattern of parts that follow each other: of a text that is longer than a line of a test. */
export function sequence(...parts: readonly RegExp[]): RegExp {
  return new RegExp(parts.map(({ source }) => source).join(''));
}
