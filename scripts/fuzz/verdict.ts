/** How a judgement of the model ends. */

export type Verdict =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'refuse'; readonly why: string; readonly at: number }
  | { readonly verdict: 'unknown'; readonly why: string };

export class Refused extends Error {
  readonly at: number;

  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

/** The model does not know the rule. */
export class NotKnown extends Error {}
