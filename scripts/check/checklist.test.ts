import t from 'tap';
import { checkClaims, parseChecklist } from './checklist.ts';

const known = { exists: (path: string) => path === 'patches/series.yaml', commands: new Set(['check', 'test:unit', 'test']) };
const codes = (text: string): string[] => checkClaims('CHECKLIST.md', parseChecklist(text), known).map((p) => `${p.position?.line ?? 0} ${p.code}`);

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
