import { pipeline, type Readable } from 'node:stream';
import { extract } from 'tar-stream';

/** One member of a tar archive; directories are not reported, git has none. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'link';
  readonly executable: boolean;
  /** Content of a file, target of a symbolic link. */
  readonly data: Buffer;
  readonly mtimeSeconds: number;
}

/**
 * @throws for a stream that ends within a member, and for members that git cannot hold. One that ends between two is
 * for xz and the shell's pipefail to refuse: half an archive must not look like a kernel tree.
 */
export async function* readTar(source: Readable): AsyncGenerator<TarEntry> {
  const archive = extract();
  // its error is the iterator's
  pipeline(source, archive, () => undefined);
  for await (const entry of archive) {
    const { name: path, type, linkname, mode = 0, mtime } = entry.header;
    // node:stream/consumers takes three times as long, by way of a Blob
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    if (type === 'directory') continue;
    if (type !== 'file' && type !== 'symlink')
      throw new Error(`tar member ${path} is of type ${type}, which no kernel tree holds`);
    const isLink = type === 'symlink';
    yield {
      path,
      kind: isLink ? 'link' : 'file',
      executable: !isLink && (mode & 0o100) !== 0,
      data: isLink ? Buffer.from(linkname ?? '') : Buffer.concat(parts),
      mtimeSeconds: Math.floor((mtime?.getTime() ?? 0) / 1000),
    };
  }
}
