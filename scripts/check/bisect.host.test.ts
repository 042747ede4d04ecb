import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ApplyRecord } from '../records/apply.ts';
import { fakeTree } from '../testing/fake-tree.ts';
import { bisect } from './bisect.ts';
import { variantNamed, type Variant } from './variants.ts';

t.setTimeout(300_000);

/** Those that are only linked; what boots needs a kernel. */
function linked(): Variant[] {
  return ['BPF_SYSCALL=n', 'DTRACE=n'].flatMap((name) => variantNamed(name) ?? []);
}

t.test('every patch in every variant: built, proven once, and a failure is not remembered', async (t) => {
  const fake = fakeTree(t.testdir({}), '# Why.\nCONFIG_EXPERT=y\n');
  t.teardown(fake.restore);
  writeFileSync(join(fake.ctx.root, 'kconfig/dtrace.config'), '# when: DTRACE\n\n# Why.\nCONFIG_DTRACE=y\n');
  const first = fake.commit('kernel/a.c', 'int one;\n');
  const second = fake.commit('kernel/a.c', 'int two;\n');
  const commits = [first, second].map(({ head }, index) => ({
    id: `0${index + 1}`,
    subject: `patch ${index + 1}`,
    commit: head,
  }));
  const apply = { worktree: second.worktree, head: second.head, commits } as unknown as ApplyRecord;
  const run = (only: readonly string[] = []): ReturnType<typeof bisect> =>
    bisect(fake.ctx, { apply, source: second, variants: linked(), only, accel: 'auto' });

  fake.say({ FAKE_MAKE: 'error' });
  const broken = await run(['01']);
  t.match(broken, {
    ok: false,
    patches: {
      0: {
        id: '01',
        variants: [
          { outcome: 'FAILS', ok: false, detail: "expected ';'" },
          { outcome: 'no symbol', ok: true },
        ],
      },
      length: 1,
    },
  });
  fake.say({ FAKE_MAKE: '' });
  fake.calls();
  const built = await run();
  t.match(built, {
    ok: true,
    head: second.head,
    patches: [
      { variants: [{ outcome: 'builds', reused: false }] },
      { variants: [{ outcome: 'builds', reused: false }] },
    ],
  });
  t.equal(fake.calls().filter((call) => call.endsWith(' vmlinux')).length, 2);
  const again = await run();
  t.match(again, {
    ok: true,
    patches: [{ variants: [{ outcome: 'builds', reused: true }] }, { variants: [{ reused: true }] }],
  });
  t.strictSame(fake.calls(), [], 'what was proven for a tree is not proven again');
});
