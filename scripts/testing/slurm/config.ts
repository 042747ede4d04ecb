/** A cluster of Slurm on one machine, as its configuration. Pure. */

export interface ClusterPlan {
  /** For its state; without blanks. */
  readonly dir: string;
  readonly nodes: readonly string[];
  /** Of the controller, then of each node. */
  readonly ports: readonly number[];
}

const ADDRESS = '127.0.0.1';
/** How long a silent node counts as alive. */
const NODE_TIMEOUT_S = 5;

/** Nothing of the system's is used, and nothing listens anywhere else. Without cgroups: it may run in a container. */
export function slurmConf({ dir, nodes, ports: [controller = 0, ...ports] }: ClusterPlan): string {
  return [
    'ClusterName=matrix',
    `SlurmctldHost=localhost(${ADDRESS})`,
    `SlurmctldPort=${controller}`,
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    'SlurmUser=root',
    'SlurmdUser=root',
    'AuthType=auth/munge',
    `AuthInfo=socket=${dir}/munge.socket`,
    `StateSaveLocation=${dir}/state`,
    `SlurmdSpoolDir=${dir}/spool-%n`,
    `SlurmctldPidFile=${dir}/slurmctld.pid`,
    `SlurmdPidFile=${dir}/%n.pid`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'MpiDefault=none',
    'SwitchType=switch/none',
    'JobAcctGatherType=jobacct_gather/none',
    // what a job does not ask for is not done
    'JobRequeue=0',
    `SlurmdTimeout=${NODE_TIMEOUT_S}`,
    ...nodes.map(
      (name, index) => `NodeName=${name} NodeHostname=localhost NodeAddr=${ADDRESS} Port=${ports[index] ?? 0} CPUs=1`,
    ),
    'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    '',
  ].join('\n');
}

/** Values of `scontrol show job`, by name, of each job. */
export function parseJobs(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\n\s*\n/)
    .filter((job) => job.trim() !== '')
    .map((job) => new Map([...job.matchAll(/(\w+)=(\S*)/g)].map(([, name = '', value = '']) => [name, value])));
}
