import test from 'ava';
import { DEFAULT_OPTIONS, type EngineOptions } from '../../../router/engine.ts';
import { ResponseHead } from '../../../router/http1/response-head.ts';
import { ConnectionLife } from '../../../router/upstream/connection-life.ts';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, withOptions } from '../../helpers/router-world.ts';

const HOUR_MS = 3_600_000;

const headOf = (fields: string): ResponseHead => {
  const head = new ResponseHead();
  const fault = head.parse(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields}`);
  if (fault !== null) throw new Error('the head is well-formed');
  return head;
};

const lifeOf = (
  fields: string,
  options: Partial<EngineOptions> = {},
  isUntilClose = false,
): ConnectionLife => {
  const life = new ConnectionLife({ ...DEFAULT_OPTIONS, ...options }, 1_000);
  life.countRequest();
  life.read(headOf(fields), isUntilClose);
  return life;
};

test('a connection goes on for an hour, however many requests it has done', t => {
  const life = lifeOf('');
  for (let nth = 0; nth < 100_000; nth += 1) life.countRequest();
  t.true(life.goesOn(1_000 + HOUR_MS - 1));
  t.false(life.goesOn(1_000 + HOUR_MS));
  t.true(lifeOf('', { upstreamLifetimeMs: 0 }).goesOn(1_000 + 1_000 * HOUR_MS));
});

test('where a number of requests is set, the last of them ends it', t => {
  const life = lifeOf('', { maxRequestsPerUpstream: 2 });
  t.true(life.goesOn(1_000));
  life.countRequest();
  t.false(life.goesOn(1_000));
});

test('it does not go on where its peer says close, or allows it no second, or its end was the end of the answer', t => {
  t.false(lifeOf('Connection: close\r\n').goesOn(1_000));
  t.false(lifeOf('Keep-Alive: timeout=1\r\n').goesOn(1_000));
  t.false(lifeOf('', {}, true).goesOn(1_000));
  t.is(lifeOf('Keep-Alive: timeout=7\r\n').idleMs, 6_000);
  t.is(lifeOf('').idleMs, DEFAULT_OPTIONS.upstreamIdleMs);
});

test('the engine keeps to the number of requests: every third gets a new socket', async t => {
  const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
  await inWorld(
    [await startAnsweringOrigin(OK)],
    withOptions({ maxRequestsPerUpstream: 2 }),
    async ({ client, origins }) => {
      for (let nth = 0; nth < 6; nth += 1) {
        client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await client.untilText(OK);
        client.takeReceived();
        await socketsRead();
      }
      t.deepEqual(
        origins[0]?.connections.map(({ received }) => received.split('GET / ').length - 1),
        [2, 2, 2],
      );
    },
  );
});
