import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compileNative, emitAgent } from './artifacts.ts';

const AGENT = {
  'main.ts':
    "import { one } from './part.ts';\nimport type { Shape } from './shapes.ts';\nconst value: Shape = one;\n" +
    'console.log(value);\n',
  'part.ts': 'export const one: number = 1;\n',
  'shapes.ts': 'export type Shape = number;\n',
  'part.test.ts': 'nonsense(',
};

t.test('the agent becomes plain JavaScript, once for each content', async (t) => {
  const root = t.testdir({ selftests: { agent: AGENT } });
  const main = await emitAgent(root);
  const text = readFileSync(main, 'utf8');
  t.match(text, /import \{ one \} from ["']\.\/part\.js["']/);
  t.notMatch(text, /shapes/, 'types are gone');
  t.equal(await emitAgent(root), main);
  t.strictSame(readdirSync(join(root, 'out')).length, 1, 'nothing half-made is left');
});

t.test('a mistake in native code is named with its place', async (t) => {
  const root = t.testdir({
    out: {},
    'libbpf.so': '',
    selftests: { agent: { native: { 'native.h': '', 'bad.c': 'int f(void)\n{\n\treturn nothing;\n}\n' } } },
  });
  const inputs = { libbpfSo: join(root, 'libbpf.so'), libbpfIncludes: root, uapi: root, config: 'default' };
  await t.rejects(compileNative(root, inputs, new AbortController().signal), {
    code: 'E_BUILD',
    message: /nothing/,
    position: { file: /bad\.c$/, line: 3 },
  });
  t.strictSame(
    readdirSync(join(root, 'out')).filter((name) => !name.endsWith('.tmp')),
    [],
    'nothing half-made is taken for done',
  );
});

t.test('two guests that need the same thing make it once, and an interrupt ends the compiler', async (t) => {
  const root = t.testdir({
    'libbpf.so': '',
    selftests: { agent: { ...AGENT, native: { 'native.h': '', 'main.c': 'int main(void)\n{\n\treturn 0;\n}\n' } } },
  });
  execFileSync('gcc', ['-shared', '-o', join(root, 'libbpf.so'), '-x', 'c', '/dev/null']);
  const inputs = { libbpfSo: join(root, 'libbpf.so'), libbpfIncludes: root, uapi: root, config: 'default' };
  await t.rejects(compileNative(root, inputs, AbortSignal.abort()), { code: 'E_INTERRUPTED' });
  const compile = (): ReturnType<typeof compileNative> => compileNative(root, inputs, new AbortController().signal);
  const [one, two] = await Promise.all([compile(), compile()]);
  t.strictSame(one, two);
  t.ok(existsSync(one.workload) && existsSync(one.nativeLib));
});
