/** The decisions of the script; it is run by hand, since it needs root and two packages. */
import t from 'tap';
import { parseJobs, slurmConf } from './config.ts';

t.test('a cluster of its own: every address is of this machine, every path below its directory', async (t) => {
  const text = slurmConf({ dir: '/d', nodes: ['node1', 'node2'], ports: [7000, 7001, 7002] });
  t.match(text, /^NodeName=node1 .* NodeAddr=127\.0\.0\.1 Port=7001 /m);
  t.match(text, /^NodeName=node2 .* NodeAddr=127\.0\.0\.1 Port=7002 /m);
  t.match(text, /^SlurmctldPort=7000$/m);
  t.match(text, /^CommunicationParameters=NoInAddrAny,NoCtldInAddrAny$/m);
  t.match(text, /^JobRequeue=0$/m, 'only what asks for it begins again');
  const paths = [...text.matchAll(/=(?:socket=)?(\/\S+)/g)].map(([, path = '']) => path);
  t.equal(paths.length, 5);
  t.ok(paths.every((path) => path.startsWith('/d/')));
});

t.test('jobs as scontrol shows them', async (t) => {
  const text = `JobId=3 ArrayJobId=1 ArrayTaskId=0 JobName=x
   JobState=COMPLETED Reason=None Dependency=(null)
   Requeue=1 Restarts=1 BatchFlag=2
   NodeList=node1

JobId=1 ArrayJobId=1 ArrayTaskId=1-2
   JobState=PENDING Reason=Resources
   NodeList=

`;
  const [first, second, ...more] = parseJobs(text);
  t.strictSame(more, []);
  t.strictSame(
    ['ArrayTaskId', 'JobState', 'Restarts', 'NodeList'].map((name) => first?.get(name)),
    ['0', 'COMPLETED', '1', 'node1'],
  );
  t.match([second?.get('JobState'), second?.get('NodeList')], ['PENDING', '']);
  t.strictSame(parseJobs('\n'), []);
});
