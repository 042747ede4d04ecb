import t from 'tap';
import { namedIn, referenceFindings } from './references.ts';

const named = namedIn(
  [
    'Documentation/bpf/a.rst',
    'include/uapi/linux/bpf.h',
    'kernel/bpf/core.c',
    'net/core/filter.c',
    'tools/run.sh',
  ].join('\n'),
);

t.test('what a message points to: a row each', async (t) => {
  const rows: [string, string[]][] = [
    ['The list is in net/core/filter.c, and core.c uses it.', []],
    ['See bpf/core.c and "kernel/bpf/".', []],
    ['In include/uapi/linux/{bpf,perf_event}.h', ['include/uapi/linux/perf_event.h']],
    ['The list is in net/core/filters.c.', ['net/core/filters.c']],
    ['See verifier.c:', ['verifier.c']],
    ['in bpf/filter.c', ['bpf/filter.c']],
    ['in ilter.c', ['ilter.c']],
    ['run tools/dtrace/dtrace', ['tools/dtrace/dtrace']],
    ['run net/core/filter and kernel/bpf/corn', ['kernel/bpf/corn']],
    ['Documentation/bpf has a page', []],
    ['Documentation/trace has a page', ['Documentation/trace']],
    ['the directory kernel/trace/', ['kernel/trace/']],
    ['the kernel/user boundary, and/or read/write of 1/2', []],
    ['/proc/sys/x.h, ./run.sh, ~/a.c and *.c, kernel/*.c', []],
    ['#include <stdio.h> and vmlinux.h, e.g. i.e., foo() in a.b', []],
    ['https://example.org/kernel/none/x.c', []],
    ['As of commit 0123456789ab ("bpf: do it"), all is well.', []],
    ['As of commit 0123456789ab\n("bpf: do\nit"), all is well.', []],
    ['commit facade, commit to it', []],
    ['As of commit 0123456 ("bpf: do it").', ['0123456 ("bpf: do it").']],
    ['As of commit 0123456789ab, all is well.', ['0123456789ab, all is well.']],
    ['Fixes: 0123456789ab ("bpf: do it")', []],
    ['Fixes: 0123456 ("bpf: do it")', ['0123456 ("bpf: do it")']],
    ['Fixes: 0123456789ab (bpf: do it)', ['0123456789ab (bpf: do it)']],
    ['Fixes: bpf: do it', ['bpf: do it']],
    ['Link: https://lore.kernel.org/r/2019.x4@aserv.example.com', []],
    ['Link: https://lore.kernel.org/bpf/2019.x4%40aserv.example.com/ [1]', []],
    ['Link: https://lore.kernel.org/r/nothing', ['https://lore.kernel.org/r/nothing names no message id']],
    ['Link: lore.kernel.org/r/a@b', ['"lore.kernel.org/r/a@b" is not one address']],
    ['Link: https://a.example/x and more', ['"https://a.example/x and more" is not one address']],
    ['See http://a.example/x.', ['http://a.example/x is not https']],
    ['See https://lkml.org/lkml/2019/1/1.', ['https://lkml.org/lkml/2019/1/1 is better one of lore.kernel.org']],
    ['Closes: https://[x', ['https://[x is no address']],
  ];
  for (const [body, parts] of rows) {
    const found = referenceFindings(body, named);
    t.equal(found.length, parts.length, body);
    for (const [index, part] of parts.entries()) t.ok(found[index]?.message.includes(part), part);
  }
});

t.test('a finding says of what kind it is, and a file that the patch takes away may be named', async (t) => {
  t.strictSame(
    referenceFindings('gone.c, commit 01234567, http://a.example', named).map(({ check, type }) => `${check} ${type}`),
    ['reference PATH_UNKNOWN', 'reference COMMIT_FORM', 'reference LINK_FORM'],
  );
  t.strictSame(referenceFindings('gone.c', namedIn('kernel/core.c\nkernel/gone.c')), []);
});
