/** A kernel that does not boot, from the command line to its exit code. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { writeTinyKernel } from '../testing/tiny-kernel.ts';
import { missingNeeds } from '../host/tools.ts';
import { exec } from '../lib/exec.ts';
import { writeJson } from '../lib/record.ts';
import { write } from '../testing/project.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const missing = missingNeeds('test').map((need) => need.package);

t.test(
  'test:only on a kernel that resets at once: 14, E_BOOT, the console, and what to type',
  { skip: missing.length > 0 ? `not installed: ${missing.join(', ')}` : false },
  async (t) => {
    const root = t.testdir({ out: { '20260101T000000-test-1': {} }, build: {} });
    for (const name of ['scripts', 'package.json', 'package-lock.json', 'patches'])
      cpSync(join(project, name), join(root, name), { recursive: true });
    for (const name of ['lib', 'agent', 'tables'])
      cpSync(join(project, 'selftests', name), join(root, 'selftests', name), {
        recursive: true,
        filter: (path) => !path.includes('/native'),
      });
    symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
    write(root, {
      'build/.config': 'CONFIG_BPF=y\n',
      'build/nothing.c': '',
      'selftests/agent/native/main.c': 'int main(void)\n{\n\treturn 0;\n}\n',
      'selftests/topic.test.ts': 'export {};\n',
    });
    const build = join(root, 'build');
    execFileSync('gcc', ['-shared', '-o', 'libbpf.so', 'nothing.c'], { cwd: build });
    mkdirSync(join(build, 'include'));
    writeTinyKernel(join(build, 'bzImage'), 'resets');
    const config = configRecord(sourceTree('/w'), { buildDir: build, dotconfig: join(build, '.config') });
    const include = join(build, 'include');
    const record = buildRecord(config, {
      release: '6.12',
      libbpfSo: join(build, 'libbpf.so'),
      libbpfIncludes: include,
      uapi: include,
      bzImage: join(build, 'bzImage'),
      bpfIncludes: [],
      tools: {},
    });
    writeJson(join(root, 'out/20260101T000000-test-1/build.default.json'), record);
    writeJson(join(build, '.workbench-built.json'), { tree: record.source.tree, record });
    const { exitCode, stdout, stderr } = await exec(
      [process.execPath, join(root, 'scripts/bootstrap.mjs'), 'test:only', 'topic', '--json'],
      { cwd: root },
    );
    t.equal(exitCode, 14, stderr);
    t.match(JSON.parse(stdout), {
      passed: 0,
      failed: 1,
      failures: [
        { config: 'default', code: 'E_BOOT', exitCode: 14, position: { file: /console-1\.log$/ }, next: /^less / },
      ],
    });
    t.match(stderr, /the guest did not boot: QEMU .* while booting/);
  },
);
