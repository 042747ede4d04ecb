import t from 'tap';
import { together } from './together.ts';

/** Jobs that end when they are told to. */
function makeJobs(names: readonly string[]): {
  jobs: (() => Promise<string>)[];
  started: string[];
  end(name: string, error?: Error): Promise<void>;
} {
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const jobs = names.map(
    (name) => () =>
      new Promise<string>((resolve, reject) => {
        started.push(name);
        ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error)));
      }),
  );
  const end = async (name: string, error?: Error): Promise<void> => {
    ends.get(name)?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { jobs, started, end };
}

t.test('all at once, results in the order of the jobs', async (t) => {
  const { jobs, started, end } = makeJobs(['a', 'b', 'c']);
  const all = together(jobs);
  t.strictSame(started, ['a', 'b', 'c']);
  for (const name of ['c', 'a', 'b']) await end(name);
  t.strictSame(await all, ['a', 'b', 'c']);
});

t.test('no more than there is room for', async (t) => {
  const { jobs, started, end } = makeJobs(['a', 'b', 'c', 'd']);
  const all = together(jobs, 2);
  t.strictSame(started, ['a', 'b']);
  await end('b');
  t.strictSame(started, ['a', 'b', 'c']);
  await end('c');
  await end('a');
  await end('d');
  t.strictSame(await all, ['a', 'b', 'c', 'd']);
});

t.test('a failure waits for the others, and keeps none from running', async (t) => {
  const { jobs, started, end } = makeJobs(['a', 'b', 'c']);
  const all = together(jobs, 2);
  let ended = false;
  const failed = t.rejects(all, { message: 'of a' }).then(() => (ended = true));
  await end('b', new Error('of b'));
  await end('a', new Error('of a'));
  t.strictSame(started, ['a', 'b', 'c']);
  t.notOk(ended, 'one is still at work');
  await end('c');
  await failed;
});

t.test('a job that throws before it waits is a failure like any other', async (t) => {
  const ran: string[] = [];
  const broken = (): Promise<string> => {
    throw new Error('at once');
  };
  await t.rejects(together([broken, async () => `${ran.push('b')}`], 1), { message: 'at once' });
  t.strictSame(ran, ['b']);
});

t.test('nothing to do', async (t) => {
  t.strictSame(await together([]), []);
});
