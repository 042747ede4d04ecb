import type { TarEntry } from './tar.ts'

export interface ImportCommit {
  readonly ref: string
  readonly identity: string
  readonly message: string
}

/**
 * The stream for `git fast-import`: one commit of everything in the archive, without its top directory. Written once,
 * as one pack, it costs half of unpacking the files and `git add`; the checkout then writes the files once.
 */
export async function* fastImport(entries: AsyncIterable<TarEntry>, commit: ImportCommit): AsyncGenerator<Buffer> {
  const names: string[] = []
  let newest = 0
  let mark = 0
  for await (const entry of entries) {
    const path = entry.path.replace(/^(\.\/)?[^/]+\//, '')
    if (path === '' || path.includes('\n') || path.startsWith('"') || path.split('/').includes('..')) {
      throw new Error(`the archive holds a name that cannot be imported: ${JSON.stringify(entry.path)}`)
    }
    mark++
    const mode = entry.kind === 'link' ? '120000' : entry.executable ? '100755' : '100644'
    names.push(`M ${mode} :${mark} ${path}\n`)
    newest = Math.max(newest, entry.mtimeSeconds)
    yield Buffer.from(`blob\nmark :${mark}\ndata ${entry.data.length}\n`)
    yield entry.data
    yield NEWLINE
  }
  if (mark === 0) throw new Error('the archive is empty')
  // the newest file's time is the package's own, so the commit has the same id wherever it is made
  yield Buffer.from(`commit ${commit.ref}\ncommitter ${commit.identity} ${newest} +0000\ndata ${Buffer.byteLength(commit.message)}\n${commit.message}\n`)
  yield Buffer.from(names.join(''))
  yield Buffer.from('\ndone\n')
}

const NEWLINE = Buffer.from('\n')
