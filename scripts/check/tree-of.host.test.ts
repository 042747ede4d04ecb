import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commit, git, makeFixture } from '../testing/project.ts';
import { headerFindings, namesAround, sizeOf, type Step } from './tree-of.ts';

const HEADER = 'include/uapi/linux/bpf.h';
const COPY = `tools/${HEADER}`;
const enumOf = (...names: string[]): string => `enum type {\n${names.map((name) => `\t${name},\n`).join('')}};\n`;
const BASE = enumOf('A', 'B', '__MAX_TYPE');

/** A patch on a base that has both headers. */
function patch(t: Test, base: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>): Step {
  const f = makeFixture('check-tree');
  t.teardown(f.remove);
  const parent = commit(f.kernel, 'base', base);
  const id = commit(f.kernel, 'patch', files);
  const touched = git(f.kernel, 'diff', '--name-only', parent, id).trim().split('\n');
  return { repository: f.kernel, parent, commit: id, touched };
}

t.test('headers of a patch, as git has them: a row each', async (t) => {
  const [appended, inserted] = [enumOf('A', 'B', 'C', '__MAX_TYPE'), enumOf('A', 'C', 'B', '__MAX_TYPE')];
  const [both, drift] = [
    { [HEADER]: BASE, [COPY]: BASE },
    { [HEADER]: BASE, [COPY]: `/* older */\n${BASE}` },
  ];
  const rows: [string, Record<string, string>, Record<string, string>, string[]][] = [
    ['both', both, { [HEADER]: appended, [COPY]: appended }, []],
    ['the original alone', both, { [HEADER]: appended }, ['UAPI_TWINS']],
    ['the copy alone', both, { [COPY]: appended }, ['UAPI_TWINS']],
    ['the copy elsewhere', both, { [HEADER]: appended, [COPY]: inserted }, ['UAPI_TWINS']],
    ['in the middle of both', both, { [HEADER]: inserted, [COPY]: inserted }, ['UAPI_ENUM']],
    ['on a base where they differ', drift, { [HEADER]: appended, [COPY]: `/* older */\n${appended}` }, []],
    ['and the original alone', drift, { [HEADER]: appended }, ['UAPI_TWINS']],
    ['a header without a copy', { [HEADER]: BASE }, { [HEADER]: appended }, []],
    ['a new header and its copy', {}, { [HEADER]: BASE, [COPY]: BASE }, []],
    ['a new header and another copy', {}, { [HEADER]: BASE, [COPY]: appended }, ['UAPI_TWINS']],
    ['a copy that comes too late, and is the same', { [HEADER]: BASE }, { [COPY]: BASE }, []],
  ];
  for (const [name, base, files, types] of rows) {
    const found = await headerFindings(patch(t, { 'a.c': 'a\n', ...base }, files));
    t.strictSame(
      found.map(({ type }) => type),
      types,
      name,
    );
  }
});

t.test('size and names of a patch', async (t) => {
  const many = 'x\n'.repeat(401);
  t.match(await sizeOf(patch(t, { 'a.c': '' }, { 'a.c': many, [COPY]: many })), [{ message: /^401 changed lines/ }]);
  t.strictSame(await sizeOf(patch(t, { 'a.c': '' }, { 'a.c': 'x\n', [COPY]: many })), []);
  const f = makeFixture('check-names');
  t.teardown(f.remove);
  const parent = commit(f.kernel, 'base', { 'kernel/gone.c': 'x\n', 'kernel/other.c': 'x\n' });
  rmSync(join(f.kernel, 'kernel/gone.c'));
  const id = commit(f.kernel, 'patch', { 'kernel/new.c': 'y\n' });
  const touched = git(f.kernel, 'diff', '--name-only', '--no-renames', parent, id).trim().split('\n');
  const named = await namesAround({ repository: f.kernel, parent, commit: id, touched });
  const names = ['kernel/gone.c', 'kernel/new.c', 'other.c', 'kernel/never.c'];
  t.strictSame(names.map(named.file), [true, true, true, false]);
});
