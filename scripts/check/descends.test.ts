import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kbuildDescends } from './descends.ts';

t.test('a directory counts when every Makefile above it names it', async (t) => {
  const tree = t.testdir({
    kernel: {
      Makefile: 'obj-y += bpf/\nobj-$(CONFIG_TRACING) += trace/\n',
      bpf: { Makefile: '' },
      trace: { Makefile: 'obj-y += trace.o\n' },
    },
    arch: { x86: { Kbuild: 'obj-y += net/\n', net: { Makefile: 'obj-y += bpf_jit_comp.o\n' } } },
  });
  mkdirSync(join(tree, 'kernel/trace/dtrace'));
  writeFileSync(join(tree, 'kernel/trace/dtrace/Makefile'), 'obj-y += bpf.o\n');
  t.notOk(kbuildDescends(tree, 'kernel/trace/dtrace'), 'not hooked in yet');
  t.ok(kbuildDescends(tree, 'kernel/trace'));
  t.ok(kbuildDescends(tree, 'arch/x86/net'));
  t.notOk(kbuildDescends(tree, 'kernel/bpf'), 'an empty Makefile builds nothing');
  t.notOk(kbuildDescends(tree, 'kernel/nothing'));
  writeFileSync(join(tree, 'kernel/trace/Makefile'), 'obj-$(CONFIG_DTRACE) += dtrace/\n');
  t.ok(kbuildDescends(tree, 'kernel/trace/dtrace'));
});
