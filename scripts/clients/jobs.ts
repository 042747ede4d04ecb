/** A client as a job of a guest, and what its end says. Pure. */
import { formatArgv } from '../lib/exec.ts';
import type { KernelTest } from '../records/regress.ts';
import type { Job, JobEnd, Judged } from '../regress/jobs.ts';
import type { Client } from './client.ts';

/** Where the guest has its root of clients: written to in memory only. */
const ROOT = '/run/clients/root';

/**
 * @param root of the host: it is read over 9p, and stays as it is
 * @param inputs a directory of the host; in the guest's root it is /root/clients
 */
export function prepare(root: string, inputs: string): string {
  return [
    'mkdir -p /run/clients/upper /run/clients/work /run/clients/root',
    `mount -t overlay -o ${formatArgv([`lowerdir=${root},upperdir=/run/clients/upper,workdir=/run/clients/work`])} ` +
      `clients ${ROOT}`,
    ...['proc', 'sys', 'dev'].map((name) => `mount --rbind /${name} ${ROOT}/${name}`),
    ...['tmp', 'run'].map((name) => `mount -t tmpfs ${name} ${ROOT}/${name}`),
    formatArgv(['cp', '-r', inputs, `${ROOT}/root/clients`]),
    'ip link set lo up',
  ].join(' && ');
}

/** The agent's are not in this root. */
const OWN_PLACES = 'export TMPDIR=/tmp HOME=/root; cd /tmp';

/** @param kernel names the kernel's content: what a client said is kept under it */
export function jobOf({ suite, name, script, seconds }: Client, kernel: string): Job {
  const argv = ['env', `CLIENTS_KERNEL=${kernel}`, 'chroot', ROOT, 'bash', '-c', `${OWN_PLACES}; ${script}`];
  return { suite, names: [name], argv, cwd: '/', seconds };
}

export function judgeWith(clients: readonly Client[]): (job: Job, end: JobEnd) => Judged {
  return ({ suite, names: [name = ''] }, end) => {
    const client = clients.find((one) => one.suite === suite && one.name === name);
    const why =
      end.why || (end.exitCode === 0 ? '' : `it ended with ${end.exitCode}: ${end.text.slice(-WHY_CHARACTERS)}`);
    const read = client?.read(end.text) ?? [];
    const ran: KernelTest = { suite, name, status: why === '' ? 'passed' : 'failed', why };
    return { tests: [ran, ...read.map((one) => ({ ...one, suite, name: `${name}: ${one.name}` }))], again: [] };
  };
}

const WHY_CHARACTERS = 400;

/** Of clients that cannot run. @param packages that the root has */
export function skipsOf(clients: readonly Client[], packages: ReadonlySet<string>, suite: string): KernelTest[] {
  return clients.flatMap((client) => {
    const missing = client.packages.filter((name) => !packages.has(name));
    if (missing.length === 0) return [];
    return [
      { suite: client.suite, name: client.name, status: 'skipped', why: `${suite} has no ${missing.join(', ')}` },
    ];
  });
}
