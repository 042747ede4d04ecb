/** The compiler cache and what it does not see: the payload of bzImage is a file that a piggy.S names by .incbin. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exec } from '../lib/exec.ts';
import { shellHas } from '../testing/hostile.ts';
import { architectureOf } from '../lib/architecture.ts';
import { compilerArgs } from './kbuild.ts';

const SOURCES = {
  'piggy.S': '.section .rodata\n.incbin "payload"\n',
  // as kernel/configs.c has it
  'configs.c': 'asm(".section .rodata\\n\\t.incbin \\"payload\\"\\n");\n',
};

for (const [source, text] of Object.entries(SOURCES)) {
  t.test(`another payload of the same size is another object: ${source}`, async (t) => {
    const dir = t.testdir({ cache: {} });
    const tree = join(dir, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, source), text);
    const object = source.replace(/\.\w$/, '.o');
    const rule = `${object}: ${source}\n\t$(CC) -nostdinc -Wp,-MMD,x.d -c -o $@ $<\n`;
    writeFileSync(join(tree, 'Makefile'), `.PHONY: ${object}\n${rule}`);
    shellHas(t, { XDG_CACHE_HOME: join(dir, 'cache') });
    for (const payload of ['kernel of yesterday', 'kernel of today....']) {
      writeFileSync(join(tree, 'payload'), payload);
      const made = await exec(['make', '-C', tree, ...compilerArgs(architectureOf('default')), object]);
      t.equal(made.exitCode, 0, made.stderr);
      t.ok(readFileSync(join(tree, object)).includes(payload), payload);
    }
    const env = { ...process.env, CCACHE_DIR: join(dir, 'cache/dtrace-bpf/ccache') };
    const stats = execFileSync('ccache', ['--print-stats'], { encoding: 'utf8', env });
    t.match(stats, /^unsupported_code_directive\t2$/m, 'the cache has seen both, and has kept neither');
  });
}
