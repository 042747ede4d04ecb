/** What kernels differ in, as far as programs of this fuzzer show it. Pure. */
import { byBase, type ByBase } from '../../selftests/tables/by-base.ts';
import { HELPERS, type Helpers } from './interface.ts';

export interface Rules {
  /** Whether a callback, or what it calls, may have a tail call. */
  readonly tailCallInCallback: boolean;
}

const RULES: ByBase<Rules> = { 'v6.12': { tailCallInCallback: true }, 'v7.3': { tailCallInCallback: false } };

/** @param release as uname says it */
export const rulesOf = (release: string): Rules => byBase(release, RULES);

/** What a program is compiled for and judged by. */
export interface Kernel {
  readonly helpers: Helpers;
  readonly rules: Rules;
}

/** Where there is none. */
export const NEWEST: Kernel = { helpers: HELPERS, rules: rulesOf('v7.3') };
