import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ask } from '../../helpers/ask.ts';
import { redisCli } from '../../helpers/example-redis.ts';
import { CHECKOUT, startNode, type TestProcess } from '../../helpers/run-sluice.ts';

/** As a container does it, whose environment has the name of its pod. */
const start = (t: ExecutionContext, args: readonly string[]): TestProcess =>
  startNode(t, [join(CHECKOUT, 'examples/pods/pod.ts'), ...args], { env: { HOSTNAME: 'cache-edge-1' } });

test('a pod of a cluster says its own name on both ports, and ends on SIGTERM', async t => {
  const pod = start(t, ['cache', 'edge', 'http:0', 'redis:0']);
  const [, http, redis] = await pod.untilStdout(/^cache-edge-1 answers: http on (\d+), redis on (\d+)$/m);
  const { body } = await ask(Number(http), 'cache.example');
  t.is(body, 'cache edge (pod cache-edge-1) served /, track header: none\n');
  t.is(await redisCli({ port: Number(redis) }, ['GET', 'version']), '"cache edge (pod cache-edge-1)"');
  pod.kill('SIGTERM');
  t.is((await pod.finished).code, 0);
});

test('a port whose name says nothing is said, and nothing runs', async t => {
  const { code, stderr } = await start(t, ['cache', 'edge', 'mysql:0']).finished;
  t.is(code, 1);
  t.is(stderr, 'port 0: its name mysql is none of http and redis\n');
});
