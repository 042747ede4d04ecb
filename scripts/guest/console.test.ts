import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ConsoleFile } from './console.ts';

t.test('a console is followed line by line, from a truncation on anew', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'console-'));
  const path = join(dir, 'log');
  writeFileSync(path, 'what vng said\n');
  const log = new ConsoleFile(path);
  t.teardown(() => {
    log.close();
    rmSync(dir, { recursive: true });
  });
  const heard: string[] = [];
  log.onLine((line) => heard.push(line));
  log.poll();
  truncateSync(path, 0);
  log.poll();
  appendFileSync(path, 'one\r\ntwo\nhal');
  t.ok(await log.waitFor(/^two$/, 0, 1_000));
  t.strictSame(heard, ['what vng said', 'one', 'two']);
  t.strictSame(log.since(1), ['one', 'two', 'hal'], 'an unfinished line is shown');
  appendFileSync(path, 'f\n');
  log.poll();
  t.equal(heard.at(-1), 'half');
  t.notOk(await log.waitFor(/never/, 0, 60), 'waiting ends');
  t.notOk(await log.waitFor(/^one$/, 2, 60), 'earlier lines do not count');
});

t.test('a line without an end does not take longer the longer it is', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'console-'));
  const path = join(dir, 'log');
  writeFileSync(path, '');
  const log = new ConsoleFile(path);
  t.teardown(() => {
    log.close();
    rmSync(dir, { recursive: true });
  });
  const [PARTS, PART] = [40, 'x'.repeat(1_000_000)];
  // of this process, since other work of the machine says nothing of it; 100 MB took 115 s before
  const begin = process.cpuUsage();
  for (let part = 0; part < PARTS; part++) {
    appendFileSync(path, PART);
    log.poll();
  }
  appendFileSync(path, '\rend\r\n');
  log.poll();
  const { user } = process.cpuUsage(begin);
  t.ok(user < 10_000_000, `it took ${user} microseconds`);
  const [line = '', ...more] = log.since(0);
  t.equal(more.length, 0);
  t.equal(line.length, PARTS * PART.length + '\rend'.length);
  t.ok(line.endsWith('x\rend'), 'a carriage return within a line stays');
});
