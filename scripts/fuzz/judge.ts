/** What of a batch's answer is a disagreement. Pure. */
import type { Answer, Seen } from './batch.ts';
import type { Expected } from './expected.ts';
import type { Verdict } from './verdict.ts';

export type Kind =
  /** The model refuses it, the kernel loads it; and the other way round. */
  | 'loaded'
  | 'refused'
  /** The kernel's run is not the machine's, or the kernel complains. */
  | Seen['what']
  /** The model accepts what the machine says does harm: one of the two is wrong. */
  | 'harm'
  /** The guest died of it. */
  | 'died';

export interface Disagreement {
  readonly kind: Kind;
  readonly text: string;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly expected: readonly Expected[];
}

/** The first of these that a program shows is what it is called; the rest follows from it. */
const ORDER: readonly Kind[] = ['loaded', 'refused', 'died', 'kernel', 'harm', 'ring', 'probe', 'result', 'errno'];

export function disagreements({ verdict, expected }: Judged, index: number, answer: Answer): Disagreement[] {
  const found: Disagreement[] = answer.seen
    .filter(({ program }) => program === index)
    .map(({ what, mode, scenario, text }) => ({ kind: what, text: `${mode}, scenario ${scenario}: ${text}` }));
  const loaded = answer.loaded[index] === 'loaded';
  if (verdict.verdict === 'refuse' && loaded)
    found.push({ kind: 'loaded', text: `the model refuses it at ${verdict.at}: ${verdict.why}` });
  if (verdict.verdict === 'accept' && !loaded) found.push({ kind: 'refused', text: 'the model accepts it' });
  const harm = expected.find((one) => one.harm !== undefined)?.harm;
  if (harm !== undefined && loaded && verdict.verdict === 'accept') found.push({ kind: 'harm', text: harm });
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
