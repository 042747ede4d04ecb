/** A diff that parseDiff() found whole, as files, hunks and lines. Pure; bytes, one a character. */

export interface FileHunks {
  /** From `diff --git` to `+++`. */
  readonly header: readonly string[];
  readonly hunks: readonly HunkLines[];
}

export interface HunkLines {
  /** What stands behind the second `@@`: the function, mostly. */
  readonly heading: string;
  /** With their marks. */
  readonly lines: readonly string[];
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@ ?(.*)$/s;

export function readHunks(diff: string): FileHunks[] {
  const files: { header: string[]; hunks: HunkLines[] }[] = [];
  const lines = diff.replace(/\n$/, '').split('\n');
  for (let at = 0; at < lines.length; ) {
    const line = lines[at++] ?? '';
    if (line.startsWith('diff --git ')) files.push({ header: [], hunks: [] });
    const file = files.at(-1);
    const hunk = HUNK.exec(line);
    if (hunk === null) {
      file?.header.push(line);
      continue;
    }
    const from = at;
    let [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
    for (; before > 0 || after > 0 || lines[at]?.startsWith('\\') === true; at++) {
      const mark = lines[at]?.[0];
      if (mark !== '+' && mark !== '\\') before--;
      if (mark !== '-' && mark !== '\\') after--;
    }
    // a mailer may have taken the blank of an empty line of context
    const taken = lines.slice(from, at).map((text) => (text === '' ? ' ' : text));
    file?.hunks.push({ heading: hunk[3] ?? '', lines: taken });
  }
  return files;
}
