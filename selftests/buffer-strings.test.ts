import { rawData, readText, readU64 } from '../scripts/guest/client.ts';
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { openBuffer } from './lib/buffer.ts';

const KERNEL_TEXT = 'written by the kernel itself';
const USER_TEXT = 'read from the process that fired the probe';

guestTestBothModes('D21: comm and strings go straight into the record', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-strings');
  const text = new Uint8Array(32);
  text.set(Buffer.from(KERNEL_TEXT));
  await rig.object.map('text').update(0, text);
  /* The program's current task is the agent's only when the test run is on the agent's CPU. */
  await guest.transport.call('affinity.set', { cpu: rig.cpu });
  const comm = (await guest.readFile(`/proc/${guest.facts.hello.agentPid}/comm`)).trim();
  const { value: address } = await guest.native({
    lib: 'c',
    symbol: 'strdup',
    returns: 'u64',
    args: [{ str: USER_TEXT }],
  });
  t.equal(await rig.fire('write_strings', BigInt(address ?? 0)), 0);
  t.equal(await rig.fire('write_strings', 0n), 0);
  const [data, failed] = (await rig.ring.read()).map(rawData);
  if (data === undefined || failed === undefined) throw new Error('two records were written, and are not there');
  t.equal(readText(data, 0, 16), comm);
  t.equal(readText(data, 16, 32), KERNEL_TEXT);
  t.equal(readU64(data, 112), BigInt(KERNEL_TEXT.length + 1), 'length, NUL included');
  t.equal(readText(data, 48, 64), USER_TEXT);
  t.equal(readU64(data, 120), BigInt(USER_TEXT.length + 1));
  t.equal(BigInt.asIntN(64, readU64(failed, 120)), -14n, 'a bad user address is -EFAULT');
  t.equal(readText(failed, 48, 64), '', 'and leaves an empty string, not what the ring held before');
});
