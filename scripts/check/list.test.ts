import t from 'tap';
import { kernelDocFindings, parseKernelDoc, documented } from './kernel-doc.ts';
import { CHECKS, columnsOf, finding, formatChecks } from './list.ts';
import { changedLines, sizeFindings } from './size.ts';

t.test('a column for each check: what it found, what is excused, and never ok where it did not run', async (t) => {
  const [size, uapi] = [finding('size', 'PATCH_SIZE', 'm'), finding('uapi', 'UAPI_ENUM', 'm')];
  const columns = columnsOf([size, uapi, uapi], [uapi], new Map([['smatch', 'not installed']]));
  t.strictSame(
    columns.map(({ check }) => check),
    CHECKS.map(({ name }) => name),
  );
  t.strictSame(
    columns.filter(({ verdict }) => verdict !== 'ok'),
    [
      { check: 'size', verdict: '1 found' },
      { check: 'uapi', verdict: '2 found, 1 excused' },
      { check: 'smatch', verdict: 'not installed' },
    ],
  );
  t.match(columnsOf([finding('clang', 'X', 'm')], [], new Map([['clang', 'left out']])).at(-3), {
    verdict: '1 found, left out',
  });
  for (const { name } of CHECKS) t.match(formatChecks(), new RegExp(`^  ${name} +\\S`, 'm'));
});

t.test('the size of a patch, without what need not be read', async (t) => {
  t.equal(
    changedLines('3\t4\tkernel/a.c\n-\t-\ta.png\n7\t0\ttools/include/uapi/linux/bpf.h\n9\t9\ta/generated/b.h\n'),
    7,
  );
  t.strictSame(sizeFindings('300\t100\ta.c\n'), []);
  t.match(sizeFindings('300\t100\ta.c\n1\t0\tb.c\n'), [{ check: 'size', type: 'PATCH_SIZE', message: /^401 changed/ }]);
});

t.test('what kernel-doc says, in both of its forms, and what of it is new', async (t) => {
  const python = [
    "Warning: kernel/a.c:12 function parameter 'b' not described in 'f'",
    'Warning: kernel/a.c:40 missing initial short description on line:',
    ' * f',
    "Warning: kernel/a.c:12 function parameter 'b' not described in 'f'",
  ].join('\n');
  const before = parseKernelDoc(python);
  t.strictSame(before, [
    "kernel/a.c: function parameter 'b' not described in 'f'",
    'kernel/a.c: missing initial short description on line:',
  ]);
  const perl = "kernel/a.c:13: warning: Function parameter or struct member 'b' not described in 'f'\n1 warnings\n";
  t.strictSame(parseKernelDoc(perl), ["kernel/a.c: Function parameter or struct member 'b' not described in 'f'"]);
  t.strictSame(kernelDocFindings(before, parseKernelDoc(python.replaceAll(/:\d+/g, ':99'))), [], 'moved');
  t.match(kernelDocFindings(before, parseKernelDoc(python.replaceAll("'b'", "'c'"))), [
    { type: 'KERNEL_DOC', message: "kernel/a.c: function parameter 'c' not described in 'f'" },
  ]);
  t.strictSame(documented(['kernel/a.c', 'include/a.h', 'tools/a.c', 'a.rst', 'kernel/a.S']), [
    'kernel/a.c',
    'include/a.h',
  ]);
});
