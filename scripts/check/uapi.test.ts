import t from 'tap';
import { mirrorFindings, mirrorsOf } from './mirrors.ts';
import { uapiFindings, uapiHeaders } from './uapi.ts';

const H = 'include/uapi/linux/x.h';
const ENUM = `enum type { /* one, two */
	A,
	B = 7,	/* seven */
	C,
	D = (1U << 3),
	E, // e
	__MAX_TYPE
};
#define TYPE_MAX (__MAX_TYPE - 1)
#define MAPPER(FN, ctx...)	\\
	FN(unspec, 0, ##ctx)	\\
	FN(lookup, 1, ##ctx)	\\
`;
const enums = (edit: (text: string) => string): string[] =>
  uapiFindings(H, ENUM, edit(ENUM)).map(({ type, message }) => `${type} ${message}`);

t.test('numbers of enumerators stay: a row for each edit that moves one, and for those that do not', async (t) => {
  const rows: [string, string, string, RegExp?][] = [
    ['appended in front of the terminator', '	__MAX', '	F,\n	__MAX'],
    ['an alias in the middle', '	C,', '	B_TOO = B,\n	C,'],
    ['a comment', '/* seven */', '/* 7, and more */'],
    ['a number that is written out', '	C,', '	C = 8,'],
    ['a helper behind the others', '##ctx)	\\\n', '##ctx)	\\\n	FN(last, 2, ##ctx)	\\\n'],
    ['in the middle', '	C,', '	NEW,\n	C,', /UAPI_ENUM .*x\.h: C was 8 and is 9$/],
    ['at the front', '	A,', '	NEW,\n	A,', /A was 0 and is 1$/],
    ['behind an expression', '	E,', '	NEW,\n	E,', /E was \(1U << 3\) \+ 1 and is \(1U << 3\) \+ 2$/],
    ['another number', 'B = 7', 'B = 8', /B was 7 and is 8, and 1 more$/],
    ['removed', '	C,\n', '', /C was 8 and is gone$/],
    ['renamed', '	E,', '	E_NEW,', /E was .* and is gone$/],
    ['swapped', '	A,\n	B = 7,', '	B = 7,\n	A,', /A was 0 and is 8, and 1 more$/],
    ['behind the terminator', '	__MAX_TYPE', '	__MAX_TYPE,\n	LATE'],
    ['a helper that is numbered anew', 'lookup, 1', 'lookup, 2', /helper lookup was 1 and is 2$/],
    ['a helper that is gone', '	FN(lookup, 1, ##ctx)	\\\n', '', /helper lookup was 1 and is gone$/],
  ];
  for (const [name, from, to, message] of rows) {
    t.ok(ENUM.includes(from), name);
    const found = enums((text) => text.replace(from, to));
    if (message === undefined) t.strictSame(found, [], name);
    else {
      t.equal(found.length, 1, name);
      t.match(found[0], message, name);
    }
  }
});

const STRUCT = `struct attr {
	__u32	type;
	union {
		__u64	period;
		__u64	freq;
	};
	__u64	on : 1, off : 1, /* two */
		__reserved_1 : 62;
	struct { __u32 a; __u32 :32; } inner;
	__bpf_md_ptr(struct task_struct *, task);
} __attribute__((aligned(8)));
union all {
	struct { __u32 map; __u32 flags; };
	struct {
		__u32 prog;
	} load;
};
`;

t.test('members stay where they are: a row each', async (t) => {
  const rows: [string, string, string, RegExp?][] = [
    ['appended', ', task);', ', task);\n	__u64 more;'],
    ['a bit of what is reserved', '__reserved_1 : 62', 'more : 1, __reserved_1 : 61'],
    ['the rest of a bit field', '__u32 :32', '__u32 b'],
    ['one more in a union', '		__u64	freq;', '		__u32 half;\n		__u64	freq;'],
    ['at the end of a part', 'flags; }', 'flags; __u32 more; }'],
    ['a part between others', '\tstruct {\n\t\t__u32 prog', '\tstruct { __u8 b; } b;\n\tstruct {\n\t\t__u32 prog'],
    ['another comment', '/* two */', '/* 2; */'],
    ['in front', '\t__u32\ttype;', '\t__u32 new;\n\t__u32\ttype;', /struct attr: __u32 type is not where it was$/],
    ['between bits', 'on : 1, off', 'on : 1, new : 1, off', /struct attr: off:1 is not/],
    ['another type', '__u32	type', '__u64	type', /struct attr: __u32 type is not/],
    ['wider', 'on : 1', 'on : 2', /struct attr: __u64 on:1 is not/],
    ['removed', '		__u64	freq;\n', '', /struct attr: union of __u64 period: __u64 freq is not/],
    ['in front within a part', '{ __u32 a;', '{ __u8 z; __u32 a;', /struct attr: inner: __u32 a is not/],
    ['within an anonymous part', 'map; __u32 flags', 'map; __u32 x; __u32 flags', /union all: .*: __u32 flags is not/],
    ['another name', 'struct attr', 'struct attrs', /struct attr is gone/],
  ];
  for (const [name, from, to, message] of rows) {
    t.ok(STRUCT.includes(from), name);
    const found = uapiFindings(H, STRUCT, STRUCT.replace(from, to));
    if (message === undefined) t.strictSame(found, [], name);
    else t.match(found, [{ type: 'UAPI_MEMBER', message }], name);
    t.equal(found.length, message === undefined ? 0 : 1, name);
  }
  t.strictSame(uapiFindings(H, '', STRUCT + ENUM), [], 'a new header');
  t.strictSame(
    uapiHeaders([H, 'tools/include/uapi/linux/x.h', 'arch/x86/include/uapi/asm/y.h', 'include/linux/x.h', `${H}.rst`]),
    [H, 'arch/x86/include/uapi/asm/y.h'],
  );
});

t.test('a header and its copy: what the patch takes apart, and not what the base had apart', async (t) => {
  const diff = (...lines: string[]): string => ['--- a/x', '+++ b/x', '@@ -1 +1 @@', ...lines].join('\n');
  t.strictSame(mirrorFindings(H, '', ''), []);
  t.match(mirrorFindings(H, '', diff('-	B,')), [
    { type: 'UAPI_TWINS', message: /1 lines, only include\S+ has "B,"$/ },
  ]);
  t.match(mirrorFindings(H, '', diff('+	B,')), [{ message: /only tools\/include\S+ has "B,"$/ }]);
  t.strictSame(mirrorFindings(H, diff('-old'), diff('-old')), [], 'as on the base');
  t.strictSame(mirrorFindings(H, diff('-old'), ''), [], 'brought together');
  t.match(mirrorFindings(H, diff('-old'), diff('-old', '-old')), [{ message: /1 lines/ }], 'once more');
  t.match(mirrorFindings(H, diff('-old'), diff('-old', '-a', '+b')), [{ message: /2 lines/ }], 'and others');
  t.strictSame(mirrorsOf(['tools/include/uapi/linux/x.h', H, 'include/uapi/linux/a.h', 'include/linux/a.h']), [
    'include/uapi/linux/a.h',
    H,
  ]);
});
