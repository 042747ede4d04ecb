import type { PackWriter } from './pack.ts';
import type { TarEntry } from './tar.ts';

export interface ImportCommit {
  readonly identity: string;
  readonly message: string;
}

interface Leaf {
  readonly mode: '100644' | '100755' | '120000';
  readonly id: Buffer;
}
type Directory = Map<string, Leaf | Directory>;

/** One commit of everything in the archive, without its top directory; returns the commit's id. */
export async function importTar(
  entries: AsyncIterable<TarEntry>,
  pack: PackWriter,
  commit: ImportCommit,
): Promise<string> {
  const root: Directory = new Map();
  let newest = 0;
  for await (const entry of entries) {
    const path = entry.path.replace(/^(\.\/)?[^/]+\//, '');
    const names = path.split('/');
    if (names.some((name) => name === '' || name === '.' || name === '..' || name === '.git')) {
      throw new Error(`the archive holds a name that cannot be imported: ${JSON.stringify(entry.path)}`);
    }
    const file = names.pop() ?? '';
    const mode = entry.kind === 'link' ? '120000' : entry.executable ? '100755' : '100644';
    directoryAt(root, names).set(file, { mode, id: pack.add('blob', entry.data) });
    newest = Math.max(newest, entry.mtimeSeconds);
  }
  if (root.size === 0) throw new Error('the archive is empty');
  const tree = addTree(root, pack).toString('hex');
  // the newest file's time is the package's own, so the commit has the same id wherever it is made
  const who = `${commit.identity} ${newest} +0000`;
  return pack
    .add('commit', Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${commit.message}\n`))
    .toString('hex');
}

function directoryAt(root: Directory, names: readonly string[]): Directory {
  let directory = root;
  for (const name of names) {
    const next = directory.get(name) ?? new Map<string, Leaf | Directory>();
    if (!(next instanceof Map)) throw new Error(`the archive has ${name} as a file and as a directory`);
    directory.set(name, next);
    directory = next;
  }
  return directory;
}

function addTree(directory: Directory, pack: PackWriter): Buffer {
  const rows = [...directory].map(([name, child]) => {
    const isTree = child instanceof Map;
    const mode = isTree ? '40000' : child.mode;
    // git sorts a directory as if its name ended in a slash
    return {
      key: Buffer.from(isTree ? `${name}/` : name),
      head: Buffer.from(`${mode} ${name}\0`),
      id: isTree ? addTree(child, pack) : child.id,
    };
  });
  rows.sort((one, two) => Buffer.compare(one.key, two.key));
  return pack.add('tree', Buffer.concat(rows.flatMap(({ head, id }) => [head, id])));
}
