/**
 * What the agent holds, oldest first. A scope is a mark in this order; ending it releases everything younger, newest
 * first, so that a link goes before its program and a ring before its event. Pure but for the release functions handed
 * in.
 */
import type { Handle } from './protocol.ts';

export interface Resource {
  readonly kind: string;
  /** -1 where there is none. */
  readonly fd: number;
  readonly pointer: bigint | null;
  /** Bytes behind `pointer`, where that matters. */
  readonly size: number;
  /** Returns a positive errno, or 0. */
  readonly release: () => number | Promise<number>;
}

interface Slot {
  readonly handle: Handle;
  readonly resource: Resource;
}

export class ResourceTable {
  #next: Handle = 1;
  readonly #slots = new Map<Handle, Slot>();
  readonly #marks: { readonly name: string; readonly from: Handle }[] = [];

  add(
    kind: string,
    parts: Partial<Omit<Resource, 'kind' | 'release'>>,
    release: () => number | Promise<number>,
  ): Handle {
    const handle = this.#next++;
    this.#slots.set(handle, {
      handle,
      resource: { kind, fd: parts.fd ?? -1, pointer: parts.pointer ?? null, size: parts.size ?? 0, release },
    });
    return handle;
  }

  /** @throws Error when there is no such handle, or it is of another kind */
  get(handle: Handle, ...kinds: readonly string[]): Resource {
    const slot = this.#slots.get(handle);
    if (slot === undefined) throw new Error(`handle ${handle} is not held (closed already, or of an earlier test)`);
    if (kinds.length > 0 && !kinds.includes(slot.resource.kind))
      throw new Error(`handle ${handle} is a ${slot.resource.kind}, not a ${kinds.join(' or ')}`);
    return slot.resource;
  }

  async release(handle: Handle): Promise<number> {
    const resource = this.get(handle);
    this.#slots.delete(handle);
    return resource.release();
  }

  begin(name: string): void {
    this.#marks.push({ name, from: this.#next });
  }

  /** Ends the innermost scope of that name and those inside it. */
  async end(name: string): Promise<{ released: number; problems: string[] }> {
    const index = this.#marks.findLastIndex((mark) => mark.name === name);
    const mark = this.#marks[index];
    if (mark === undefined) throw new Error(`no scope ${name}`);
    this.#marks.length = index;
    const doomed = [...this.#slots.values()].filter((slot) => slot.handle >= mark.from).reverse();
    const problems: string[] = [];
    for (const { handle, resource } of doomed) {
      this.#slots.delete(handle);
      try {
        const errno = await resource.release();
        if (errno !== 0) problems.push(`release of ${resource.kind} ${handle}: errno ${errno}`);
      } catch (error: unknown) {
        problems.push(
          `release of ${resource.kind} ${handle}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    return { released: doomed.length, problems };
  }
}
