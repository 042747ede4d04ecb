/**
 * What mutations.patch breaks, one number a row (`dtrace_mutation=N`, the order of its enum), and the topics that are
 * asked to notice. 0 breaks nothing: all topics named here must pass with it.
 */
export interface Mutation {
  readonly number: number;
  readonly name: string;
  readonly breaks: string;
  readonly topics: readonly string[];
  /** The one base whose kernel has what it breaks; undefined: all have. */
  readonly base?: string;
}

const ROWS: readonly (readonly [name: string, breaks: string, topics: readonly string[], base?: string])[] = [
  ['no conversion', 'the tail call is made with the context of the caller (D1)', ['defects']],
  ['index ignored', 'a tail call across types takes slot 0, whatever index was asked for', ['tail-call']],
  ['not taken returns', 'a tail call across types that is not taken ends its caller', ['tail-call']],
  [
    'mixed arrays accepted',
    'one call instruction serves an array that converts and one that does not',
    ['tail-call-edges'],
  ],
  [
    'insert not checked',
    'the type check at map update and at load is dropped',
    ['tail-call-array', 'tail-call-matrix'],
  ],
  [
    'multi probes as single ones',
    'the contexts of kprobe.multi and kprobe.session programs are converted as those of kprobe programs',
    ['dtrace-sources'],
  ],
  ['session return value', 'what the callee returns is what a session program returns', ['dtrace-sources']],
  ['any map_extra', 'arrays of types that do not exist, or of extensions, are created', ['tail-call-array']],
  [
    'one context per CPU',
    "the context is a static per-CPU variable: outer levels see the inner one's (C21)",
    ['dtrace-nesting'],
  ],
  ['ids not reset', 'ids of an earlier firing are still there (D3b)', ['defects', 'finalize-context']],
  ['finalize takes CPU 0', 'the ids are those of element 0 on every CPU', ['finalize-context']],
  ['finalize takes any map', "the size of the map's values is not looked at (D3)", ['defects']],
  ['subjective credentials', 'ids come from task->cred instead of task->real_cred (D23)', ['dtrace-context-ids']],
  ['real is effective', 'uid is the effective one', ['dtrace-context-ids']],
  ['all raw arguments', 'twelve arguments are copied, however few the tracepoint has', ['dtrace-context']],
  ['old arguments stay', 'argv[] is not cleared', ['dtrace-context']],
  ['stores accepted', 'programs may write to the context', ['dtrace-access']],
  ['narrow task pointer', 'parts of the task pointer count as the pointer', ['dtrace-access']],
  ['same type pays', 'one more instruction in front of tail calls within a type (C22)', ['same-type-unchanged']],
  ['no CAP_PERFMON', 'CAP_BPF alone loads DTRACE programs', ['capabilities']],
  ['test run ignores registers', 'BPF_PROG_TEST_RUN runs with zeros instead of the given registers', ['test-run']],
  [
    'cookie of the interrupted',
    'the cookie of a perf_event program is looked for in the run context of what it interrupts',
    ['dtrace-helpers'],
  ],
  [
    'DTRACE to DTRACE refused',
    'tail calls within the DTRACE type are converted, and fall through (D2)',
    ['defects', 'tail-call'],
  ],
  [
    'untyped owner accepts',
    'an untyped array that holds DTRACE programs lets kprobe programs in, unconverted',
    ['tail-call-matrix'],
  ],
  ['multi attached to one', 'programs for multi links are attached to single probes', ['dtrace-sources']],
  ['tid is pid', 'tid is that of the thread group', ['dtrace-context-ids']],
  ['no return value at exit', 'retval is 0 for fexit, too', ['dtrace-sources']],
  [
    'extension without attach type',
    'an extension of a kprobe.multi program counts as a plain kprobe program for prog arrays',
    ['tail-call-freplace'],
  ],
  ['parent of the released', 'ppid follows real_parent of a task that has been released', ['dtrace-context-ids']],
  ['unclaimed shown', "fdinfo says 'not jited' of a typed array that no program uses", ['tail-call-array']],
  ['finalize takes any data', 'ids come from kernel pointers and from what programs may only write (D28)', ['defects']],
  ['address not given', 'argv[1] of a perf event is its address though there is none (D26)', ['dtrace-context']],
  ['kernel context cast', 'bpf_cast_to_kern_ctx() takes a DTRACE context (D27)', ['dtrace-helpers']],
  ['test run samples late', 'BPF_PROG_TEST_RUN tells the CPU that the task is on afterwards (D29)', ['test-run']],
  [
    'frame of the caller',
    'a program whose JIT shares its frame with what it tail-calls has no room there for a larger one (D30)',
    ['kernel/shared-frame'],
  ],
  ['no grace period', 'the tool reads its rings for the last time while programs are at work (D34)', ['tool']],
  [
    'finalize from uprobes',
    'a uprobe gets ids from a map, whosever they are (D35)',
    ['finalize-context', 'uprobe-firing'],
  ],
  [
    'asked is used',
    'the event of bpf_trace_printk() is enabled when its prototype is looked up (D36)',
    ['helper-effects'],
  ],
  [
    'output at any level',
    'output that nests deeper than interrupts do comes to the warning of bpf_perf_event_output() (D37)',
    ['dtrace-helpers'],
  ],
  ['gotox to the prologue', 'a jump table may lead to the prologue, with any R1 (D40)', ['dtrace-access'], 'v7.3'],
  ['traced calls across', 'what traces a program can make tail calls across (D44)', ['tail-call-freplace']],
  ['finalize hides', 'ids are read where the program itself has disabled preemption (D45)', ['finalize-context']],
  ['callers trusted', 'so they are in a global function, whatever its callers do (D46)', ['finalize-context']],
];

export const MUTATIONS: readonly Mutation[] = ROWS.map(([name, breaks, topics, base], index) => ({
  number: index + 1,
  name,
  breaks,
  topics,
  ...(base === undefined ? {} : { base }),
}));

/** Those that can be made on a base. */
export const madeOn = (base: string, mutations: readonly Mutation[]): readonly Mutation[] =>
  mutations.filter((mutation) => mutation.base === undefined || mutation.base === base);

/** Everything these rows rely on, for the run that breaks nothing. */
export function controlFor(mutations: readonly Mutation[]): Mutation {
  return {
    number: 0,
    name: 'control',
    breaks: 'nothing',
    topics: [...new Set(mutations.flatMap((mutation) => mutation.topics))].sort(),
  };
}
