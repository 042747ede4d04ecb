/** Perf events, their rings, and libbpf's readers of them. */

/** Fields of struct perf_event_attr by their own meaning; what is left out is 0. */
export interface PerfAttr {
  /** perf_type_id: 0 hardware, 1 software, 2 tracepoint ... */
  readonly type: number;
  readonly config: bigint;
  readonly size?: number;
  readonly samplePeriod?: bigint;
  /** Sets the freq bit as well. */
  readonly sampleFreq?: bigint;
  readonly sampleType?: bigint;
  readonly readFormat?: bigint;
  readonly flags?: readonly PerfFlag[];
  readonly wakeupEvents?: number;
  /** Sets the watermark bit as well. Bytes. */
  readonly wakeupWatermark?: number;
  /** Of a breakpoint: 1 read, 2 write, 4 execute; its address is config1, its length config2. */
  readonly bpType?: number;
  readonly config1?: bigint;
  readonly config2?: bigint;
  readonly branchSampleType?: bigint;
  readonly clockid?: number;
}
export type PerfFlag =
  | 'disabled'
  | 'inherit'
  | 'pinned'
  | 'exclusive'
  | 'exclude_user'
  | 'exclude_kernel'
  | 'exclude_hv'
  | 'exclude_idle'
  | 'mmap'
  | 'comm'
  | 'freq'
  | 'inherit_stat'
  | 'enable_on_exec'
  | 'task'
  | 'watermark'
  | 'sample_id_all'
  | 'use_clockid'
  | 'write_backward'
  | 'write_in_place'
  | 'remove_on_exec';
export interface RingControl {
  readonly dataHead: bigint;
  readonly dataTail: bigint;
  readonly dataOffset: bigint;
  readonly dataSize: bigint;
}
/** Whole records, unwrapped and in order: struct perf_event_header first in each. */
export interface RingRead extends RingControl {
  /** Ring position (not reduced by the ring's size) of the first byte. */
  readonly start: bigint;
  readonly bytes: Uint8Array;
}
export interface BufferEvents {
  /** Return value of the poll or consume: records handled, or -errno. */
  readonly result: number;
  /**
   * For each event: u32 cpu, u32 kind (0 sample, 1 lost), u64 size or lost count, then the sample padded to 8 bytes.
   */
  readonly bytes: Uint8Array;
}
export type PerfIoctl =
  | 'enable'
  | 'disable'
  | 'refresh'
  | 'reset'
  | 'period'
  | 'set_output'
  | 'set_bpf'
  | 'pause_output'
  | 'id';
