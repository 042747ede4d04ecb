/** Where instructions are put, before all of them have their places. */
import type { Insn } from './insn.ts';

/** A call whose target is not placed yet. */
export interface Pending {
  readonly at: number;
  readonly sub: number;
}

export class Writer {
  readonly insns: Insn[] = [];
  readonly pending: Pending[] = [];

  put(...insns: readonly Insn[]): void {
    this.insns.push(...insns);
  }

  /** Leaves room for a jump; the function that is returned puts it there, to lead to where the writer is then. */
  hole(make: (distance: number) => Insn): () => void {
    const at = this.insns.length;
    this.put(make(0));
    return () => {
      this.insns[at] = make(this.insns.length - at - 1);
    };
  }
}
