import type { OpName, RequestOf, ResponseOf } from '../../selftests/agent/protocol.ts';

/** The one thing the typed client needs: ask, and be answered. Rejects when the guest dies or the budget runs out. */
export interface Transport {
  call<N extends OpName>(op: N, request: RequestOf<N>): Promise<ResponseOf<N>>;
}
