import type { OpName, RequestOf, ResponseOf } from './protocol.ts';
import { ResourceTable } from './resources.ts';

/** Everything the agent holds. */
export const held = new ResourceTable();

export type Handlers<N extends OpName> = {
  readonly [K in N]: (request: RequestOf<K>) => ResponseOf<K> | Promise<ResponseOf<K>>;
};
