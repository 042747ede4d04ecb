/** The modules of the kernel's own tests, with the real make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { must } from '../lib/exec.ts';
import { modulesMakefile } from './recipe.ts';

t.test(
  'modules are built for a kernel that is built elsewhere, though their Makefile empties KBUILD_OUTPUT',
  async (t) => {
    const dir = t.testdir({ build: {}, modules: {} });
    const [buildDir, modules] = [join(dir, 'build'), join(dir, 'modules')];
    // as the kernel writes it into a build directory
    const says = '@echo "[$(KBUILD_OUTPUT)] $(M) $(KBUILD_EXTRA_SYMBOLS)"';
    writeFileSync(join(buildDir, 'Makefile'), `export KBUILD_OUTPUT = elsewhere\nmodules:\n\t${says}\n`);
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'Makefile'), modulesMakefile({ dir, worktree: dir, buildDir, vmlinux: '', uapi: '' }));
    const made = async (where: string): Promise<string> =>
      (await must(['make', '-s', '-C', where, 'KBUILD_OUTPUT=', 'M=/tests', 'KBUILD_EXTRA_SYMBOLS=symvers', 'modules']))
        .stdout;
    t.equal(await made(modules), '[elsewhere] /tests symvers\n');
    t.equal(await made(buildDir), '[] /tests symvers\n', 'without it the kernel is looked for among its sources');
  },
);
