import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Document,
  YAMLMap,
  type Node,
  type Scalar,
  type YAMLSeq,
} from 'yaml';
import { WorkbenchError, type Position, type Problem } from './errors.ts';
import { formatArgv } from './exec.ts';

/** A parsed YAML file whose values can be asked for their place in the text. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  readonly document: Document;
  readonly problems: readonly Problem[];
  /** Position of the value at `keys`; of its key when `ofKey`; of the nearest parent that exists otherwise. */
  position(keys: readonly PropertyKey[], ofKey?: boolean): Position;
}

export function readYaml(path: string, shown = path): YamlFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error: unknown) {
    throw new WorkbenchError('E_SERIES', `cannot read ${shown}`, {
      position: { file: shown },
      next: formatArgv(['git', 'checkout', '--', shown]),
      cause: error,
    });
  }
  const file = parseYaml(bytes.toString(), shown);
  if (isUtf8(bytes)) return file;
  // written back, it would have other bytes
  const lines = bytes.toString('latin1').split('\n');
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, 'latin1')));
  const position = { file: shown, line: line + 1, col: 1 };
  return { ...file, problems: [{ code: 'YAML_ENCODING', message: 'this line is not UTF-8', position }] };
}

export function parseYaml(text: string, path: string): YamlFile {
  const lines = new LineCounter();
  // prettyErrors would repeat in the message the position that the problem carries
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    keepSourceTokens: true,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: path, line, col };
  };
  const problems = [...document.errors, ...document.warnings].map(
    (error): Problem => ({
      code: `YAML_${error.code}`,
      message: error.message,
      position: at(error.pos[0]),
    }),
  );
  return {
    path,
    text,
    document,
    problems,
    position: (keys, ofKey = false) => at(offsetOf(document, keys, ofKey)),
  };
}

/** A value as a file; long texts stay on one line. */
export function formatYaml(value: unknown): string {
  return new Document(value, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
}

function offsetOf(document: Document, keys: readonly PropertyKey[], ofKey: boolean): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [depth, key] of keys.entries()) {
    const pair = isMap(node)
      ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined;
    const child: unknown =
      pair !== undefined ? pair.value : isSeq(node) && typeof key === 'number' ? node.items[key] : undefined;
    if (pair === undefined && child === undefined) break;
    const wantKey = pair !== undefined && (start(child) === undefined || (ofKey && depth === keys.length - 1));
    offset = (wantKey ? start(pair?.key) : start(child)) ?? offset;
    node = child;
  }
  return offset;
}

function start(node: unknown): number | undefined {
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined;
  return range?.[0];
}

export interface ListItem {
  /** Value of the key field of the entry that this one continues. */
  readonly from: string | undefined;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The file's text with the list under `key` replaced. An entry that continues an old one, known by its `field`, keeps
 * its comments and its other keys; everything outside the list stays as it is.
 */
export function replaceList(file: YamlFile, key: string, field: string, items: readonly ListItem[]): string {
  const document = file.document.clone() as Document;
  const old = document.get(key, true);
  const nodes = isSeq(old) ? old.items : [];
  // a comment above the first entry is stored on the list itself; it would otherwise move to whichever comes first
  const first = nodes[0];
  if (isSeq(old) && old.commentBefore != null && isMap(first)) {
    first.commentBefore = old.commentBefore;
    old.commentBefore = null;
  }
  const list = document.createNode([]) as YAMLSeq;
  list.items = items.map(({ from, values }) => {
    const known = from === undefined ? undefined : nodes.find((node) => isMap(node) && node.get(field) === from);
    const node = isMap(known) ? known : (document.createNode({}) as YAMLMap);
    for (const [name, value] of Object.entries(values)) {
      const present = node.get(name, true);
      if (isScalar(present)) present.value = value;
      else node.set(name, quoteNumeric(document, value));
    }
    node.flow = false;
    return node;
  });
  list.flow = items.length === 0;
  const pair = isMap(document.contents)
    ? document.contents.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  const from = start(pair?.key) ?? file.text.length;
  const to = end(pair?.value) ?? file.text.length;
  const part = new Document(new YAMLMap());
  part.set(key, list);
  return file.text.slice(0, from) + part.toString({ lineWidth: 0, flowCollectionPadding: false }) + file.text.slice(to);
}

function end(node: unknown): number | undefined {
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined;
  return range?.[2];
}

/** The writer quotes what would read as a number anyway; saying so keeps "10" and "09" alike. */
function quoteNumeric(document: Document, value: string): Scalar {
  const scalar = document.createNode(value) as Scalar;
  if (/^\d/.test(value) && /^[\d.]+$/.test(value)) scalar.type = 'QUOTE_DOUBLE';
  return scalar;
}
