/** What kernels differ in, as far as programs of this fuzzer show it. Pure. */
import { byBase, type ByBase } from '../../selftests/tables/by-base.ts';
import { HELPERS, type Helpers } from './interface.ts';

export interface Rules {
  /** Whether a pointer to a place in front of the record may be used, with an offset that leads into it. */
  readonly pointerInFront: boolean;
  /** Whether a static function may make a tail call to a program of another type (D41). */
  readonly crossFromStatic: boolean;
}

const RULES: ByBase<Rules> = {
  'v6.12': { pointerInFront: true, crossFromStatic: false },
  // offsets are part of a pointer's bounds, and as unsigned numbers these are too large: of packets, too
  'v7.3': { pointerInFront: false, crossFromStatic: true },
};

/** @param release as uname says it */
export const rulesOf = (release: string): Rules => byBase(release, RULES);

/** What a program is compiled for and judged by. */
export interface Kernel {
  readonly helpers: Helpers;
  readonly rules: Rules;
}

/** Where there is none. */
export const NEWEST: Kernel = { helpers: HELPERS, rules: rulesOf('v7.3') };
