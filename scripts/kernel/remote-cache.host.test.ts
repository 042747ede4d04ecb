/** The compiler cache of several machines: real ccache, and a server that keeps what it is given. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { exec } from '../lib/exec.ts';
import { shellHas } from '../testing/hostile.ts';
import { architectureOf } from '../lib/architecture.ts';
import { compilerArgs } from './kbuild.ts';

t.setTimeout(300_000);

interface Server {
  readonly url: string;
  readonly calls: string[];
  stop(): Promise<void>;
}

/** GET and PUT of bytes by path: what ccache asks of its http storage. */
async function storage(): Promise<Server> {
  const kept = new Map<string, Buffer>();
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const found = kept.get(url);
    if (method === 'PUT') kept.set(url, Buffer.concat(parts));
    const code = method === 'PUT' ? 201 : found === undefined ? 404 : 200;
    calls.push(`${method} ${code}`);
    response.writeHead(code).end(method === 'GET' ? found : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The same source on a machine with an empty cache of its own, compiled by make as a kernel is; ccache's counters. */
async function machine(t: Test, name: string, remote: string): Promise<ReadonlyMap<string, number>> {
  const dir = join(t.testdirName, name);
  mkdirSync(join(dir, 'tree'), { recursive: true });
  writeFileSync(join(dir, 'tree/a.c'), '#include "a.h"\nint a = A;\n');
  writeFileSync(join(dir, 'tree/a.h'), '#define A 1\n');
  writeFileSync(join(dir, 'tree/Makefile'), 'a.o: a.c\n\t$(CC) -nostdinc -Wp,-MMD,a.d -c -o $@ $<\n');
  shellHas(t, { XDG_CACHE_HOME: join(dir, 'cache'), CCACHE_REMOTE_STORAGE: remote });
  const result = await exec(['make', '-C', join(dir, 'tree'), ...compilerArgs(architectureOf('default')), 'a.o']);
  t.equal(result.exitCode, 0, result.stderr);
  const cache = join(dir, 'cache/dtrace-bpf/ccache');
  const stats = execFileSync('ccache', ['--print-stats'], {
    encoding: 'utf8',
    env: { ...process.env, CCACHE_DIR: cache },
  });
  return new Map([...stats.matchAll(/^(\w+)\t(\d+)$/gm)].map(([, key = '', value]) => [key, Number(value)]));
}

t.test('what one machine has compiled, another one does not compile', async (t) => {
  t.testdir({});
  const server = await storage();
  t.teardown(server.stop);
  const first = await machine(t, 'one', server.url);
  t.equal(first.get('cache_miss'), 1, 'compiled');
  t.ok(server.calls.includes('PUT 201'), server.calls.join(', '));
  server.calls.length = 0;
  const second = await machine(t, 'two', server.url);
  t.equal(second.get('cache_miss') ?? 0, 0, 'not compiled');
  t.ok((second.get('remote_storage_hit') ?? 0) >= 1);
  t.ok(server.calls.includes('GET 200'), server.calls.join(', '));
});

t.test('without one, nothing is asked; one that is gone costs nothing but itself', async (t) => {
  t.testdir({});
  const server = await storage();
  t.equal((await machine(t, 'one', '')).get('cache_miss'), 1);
  t.equal((await machine(t, 'two', `${server.url} `)).get('cache_miss'), 1, 'a text that is no address');
  t.strictSame(server.calls, []);
  await server.stop();
  t.equal((await machine(t, 'three', server.url)).get('cache_miss'), 1);
});
