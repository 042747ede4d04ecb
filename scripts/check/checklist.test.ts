import t from 'tap';
import { checkClaims, parseChecklist } from './checklist.ts';
import { freshnessOf } from './freshness.ts';
import { bisectRecord, builtPatch, checkRecord } from '../testing/records.ts';
import { VARIANTS } from './variants.ts';

const known = {
  exists: (path: string) => path === 'patches/series.yaml',
  commands: new Set(['check', 'test:unit', 'test']),
};
const codes = (text: string): string[] =>
  checkClaims('CHECKLIST.md', parseChecklist(text), known).map((p) => `${p.position?.line ?? 0} ${p.code}`);

t.test('claims and their evidence, a row each', async (t) => {
  const rows: [string, string[]][] = [
    ['- [x] it builds (evidence: `npm run check`)', []],
    ['- [x] tested; evidence: `npm test -- tail-call`, `npm run test:unit`', []],
    ['- [x] listed, evidence: `patches/series.yaml:12`', []],
    ['- [x] goes on\n  in a second line, evidence:\n  `patches/series.yaml`', []],
    ['- [x] it builds', ['1 no-evidence']],
    ['- [x] `npm run check` in passing is no evidence', ['1 no-evidence']],
    ['- [x] it builds, evidence: `npm run nope`', ['1 evidence-missing']],
    ['- [x] it builds, evidence: `out/gone.txt`', ['1 evidence-missing']],
    ['- [ ] not yet', ['1 open']],
    ['- [ ] not on KVM; reason: this machine has none', []],
    ['', ['1 no-claims']],
    ['# Title\nprose only\n', ['1 no-claims']],
  ];
  for (const [text, expected] of rows) t.same(codes(text), expected, text);
});

t.test(
  'a verdict of check or bisect is leaned on when it is of these commits, of all of them, and green',
  async (t) => {
    const check = checkRecord({ head: 'now' });
    const names = VARIANTS.map(({ name }) => name);
    const bisect = bisectRecord(names, { head: 'now' });
    const judge = (record: { readonly stage: string } | undefined, stage: 'check' | 'bisect' = 'check'): string[] =>
      freshnessOf(stage, 'now', record === undefined ? undefined : { run: 'RUN', record }).map(
        ({ code, message, hint }) => `${code}: ${message}: ${hint}`,
      );
    t.strictSame(judge(check), []);
    t.strictSame(judge(undefined), ['not-run: check has not been run: npm run check']);
    t.strictSame(judge(undefined, 'bisect'), ['not-run: bisect has not been run: npm run bisect']);
    t.strictSame(
      judge({ ...check, stage: 'bisect' }),
      ['not-run: check has not been run: npm run check'],
      'another stage under its name',
    );
    t.strictSame(judge({ ...check, ...{ head: 'then', ok: false } }), [
      'outdated: the last check (out/RUN) was of other commits: npm run check',
    ]);
    t.strictSame(judge({ ...check, ...{ ok: false } }), ['red: check is red: out/RUN: npm run check']);
    t.strictSame(judge(bisect, 'bisect'), []);
    t.strictSame(judge({ ...bisect, ...{ ok: false } }, 'bisect'), ['red: bisect is red: out/RUN: npm run bisect']);
    const part = { ...bisect, patches: [bisect.patches[0], builtPatch('02', ['default', 'BPF_JIT=n'])] };
    t.strictSame(
      judge(part, 'bisect'),
      ['partial: the last bisect (out/RUN) left out DTRACE=n, BPF_SYSCALL=n: npm run bisect'],
      'of one patch only',
    );
  },
);
