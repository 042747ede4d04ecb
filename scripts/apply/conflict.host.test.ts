import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cloneProject, errorOf, type Clone } from '../testing/cli.ts';
import { commit, lines, write, type Fixture } from '../testing/project.ts';
import { EDIT_1, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

interface Setting {
  readonly f: Fixture;
  readonly clone: Clone;
  readonly editor: string;
}

/** The paths of the trees have spaces: what is printed must be quoted to run. */
async function setUp(t: Test): Promise<Setting> {
  const f = await withSeries('conflict');
  t.teardown(f.remove);
  const clone = cloneProject('conflict', f);
  write(f.dir, { 'resolved.c': EDIT_1 });
  const editor = join(clone.root, 'editor');
  writeFileSync(
    editor,
    `#!/bin/sh\nfor file; do echo "$file" >> '${f.dir}/opened'; done\ncp '${f.dir}/resolved.c' "$1"\n`,
    { mode: 0o755 },
  );
  return { f, clone, editor };
}

async function goOn(t: Test, { f, clone, editor }: Setting, opened: RegExp): Promise<void> {
  const argv = ['apply', '--tree', f.kernel, '--json'];
  const stopped = await clone.run(argv);
  t.equal(stopped.code, 11);
  const { code, next = '' } = errorOf(stopped);
  t.equal(code, 'E_PATCH_CONFLICT');
  const pasted = await clone.paste(next, { EDITOR: editor });
  t.equal(pasted.code, 0);
  t.equal(pasted.stderr.replace(/^(Checking|error|Applying|Rejected|core line|\s*$).*\n?/gm, ''), '');
  t.match(readFileSync(join(f.dir, 'opened'), 'utf8'), opened);
  t.match(readFileSync(join(clone.root, 'patches/0001-core-say-five.patch'), 'utf8'), /^\+core line five$/m);
  const again = await clone.run(argv);
  t.match(JSON.parse(again.stdout), { reused: 1, commits: { length: 3 } }, 'and the rest goes on from there');
}

t.test('a merge with conflicts: the next command, pasted into bash', async (t) => {
  const all = await setUp(t);
  commit(all.f.kernel, 'upstream changed the line', {
    'kernel/core.c': lines('core').replace('core line 5\n', 'core line V\n'),
  });
  await goOn(t, all, /^\/.*\/kernel\/core\.c\n$/);
});

t.test('no merge is possible: the next command, pasted into bash', async (t) => {
  const all = await setUp(t);
  const path = join(all.clone.root, 'patches/0001-core-say-five.patch');
  writeFileSync(
    path,
    readFileSync(path, 'utf8')
      .replaceAll('core line 7', 'core line VII')
      .replace(/^index [0-9a-f]+/m, `index ${'1'.repeat(40)}`),
  );
  await goOn(t, all, /\/kernel\/core\.c\n.*\/kernel\/core\.c\.rej\n$/);
});
