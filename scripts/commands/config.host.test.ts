import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fakeTree } from '../testing/fake-tree.ts';
import { missingNeeds } from '../host/tools.ts';
import { EXIT } from '../lib/errors.ts';
import { writeJson } from '../lib/record.ts';
import { only, run } from '../testing/command-line.ts';
import { applyRecord } from '../testing/records.ts';

/** It would install what is missing. */
const missing = missingNeeds('build').map((need) => need.package);

t.test(
  'config says each result once: a line for each configuration, or one record',
  { skip: missing.length === 0 ? false : `not installed: ${missing.join(' ')}` },
  async (t) => {
    const root = t.testdir({});
    const fake = fakeTree(root, '# Why it is here.\nCONFIG_EXPERT=y\n');
    t.teardown(fake.restore);
    writeFileSync(join(root, 'kconfig/debug.config'), '# on: default\n\n# Why it is here.\nCONFIG_KASAN=y\n');
    const { worktree, baseCommit, head, tree } = fake.source;
    const record = applyRecord(worktree, { head, tree });
    const out = join(root, 'out/20260101T000000-apply-1');
    mkdirSync(out, { recursive: true });
    writeJson(join(out, 'apply.json'), { ...record, base: { ...record.base, commit: baseCommit } });
    const asked = ['config', '--config', 'default,debug'];

    const text = await run(root, asked);
    t.equal(text.code, EXIT.pass, text.stderr);
    const line = (config: string, requests: number): string =>
      `${config}: ${requests} requested symbols verified in ${join(worktree, `build-${config}`, '.config')}\n`;
    t.equal(text.stdout, `${line('default', 1)}${line('debug', 2)}`);

    const json = await run(root, [...asked, '--json']);
    t.equal(json.code, EXIT.pass, json.stderr);
    t.match(only(t, json, 'config'), {
      configs: {
        0: { stage: 'config', config: 'default', reused: true },
        1: { config: 'debug', requests: 2 },
        length: 2,
      },
      failures: { length: 0 },
    });
  },
);
