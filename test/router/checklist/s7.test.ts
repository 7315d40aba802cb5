import test from 'ava';
import { firstAnswer, type ReadAnswer } from '../../helpers/answer-reader.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';

const REQUESTS = 20_000;
const CLIENTS = 16;
/** Seen by no client, whoever's answer it is hidden behind. */
const FOREIGN = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-Foreign: 1\r\n\r\nforeign';

const answerTo = (id: string): string =>
  `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${id.length}\r\n\r\n${id}`;

/** What an origin does with the request `id`, and what its client is to get. */
type Way = {
  readonly method: string;
  /** Of the request. */
  readonly body: string;
  readonly answer: (id: string) => string;
  readonly status: number;
  /** True: nobody may ever be asked on this connection again. */
  readonly spoils: boolean;
};

const get = (answer: Way['answer'], spoils: boolean, status = 200): Way => ({
  method: 'GET',
  body: '',
  answer,
  status,
  spoils,
});

const WAYS: Readonly<Record<string, Way>> = {
  well: get(answerTo, false),
  chunked: get(
    id =>
      `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nTransfer-Encoding: chunked\r\n\r\n${id.length.toString(16)}\r\n${id}\r\n0\r\n\r\n`,
    false,
  ),
  hints: get(id => `HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${answerTo(id)}`, false),
  'no-content': get(id => `HTTP/1.1 204 No Content\r\nX-Id: ${id}\r\n\r\n`, false, 204),
  post: { ...get(answerTo, false), method: 'POST', body: 'hello' },
  head: {
    ...get(id => `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: 5\r\n\r\n`, false),
    method: 'HEAD',
  },
  'extra-answer': get(id => answerTo(id) + FOREIGN, true),
  'extra-bytes': get(id => `${answerTo(id)}foreign`, true),
  'extra-behind-chunks': get(
    id => `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n${FOREIGN}`,
    true,
  ),
  'body-on-head': {
    ...get(
      id => `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${FOREIGN.length}\r\n\r\n${FOREIGN}`,
      true,
    ),
    method: 'HEAD',
  },
  'body-on-204': get(id => `HTTP/1.1 204 No Content\r\nX-Id: ${id}\r\n\r\n${FOREIGN}`, true, 204),
  'body-on-304': get(
    id => `HTTP/1.1 304 Not Modified\r\nX-Id: ${id}\r\nContent-Length: ${FOREIGN.length}\r\n\r\n${FOREIGN}`,
    true,
    304,
  ),
  flood: get(() => 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n'.repeat(200), true, 502),
  'two-lengths': get(id => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n${answerTo(id).slice(17)}`, true, 502),
};

const NAMES = Object.keys(WAYS);
const wayOf = (name: string): Way => WAYS[name] ?? get(answerTo, false);

const requestOf = (name: string, id: string): string => {
  const { method, body } = wayOf(name);
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} /${name}/${id} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n${length}\r\n${body}`;
};

/** An origin that does to each request what its path asks for, and remembers the connections that were used again. */
const hostileOrigin = async (reused: string[]) =>
  startOrigin({
    onConnection: peer => {
      let spoiledBy = '';
      peer.socket.on('data', () => {
        for (;;) {
          const match = /^\S+ \/([^/]+)\/(\S+) HTTP\/1\.1\r\n[\s\S]*?\r\n\r\n/.exec(peer.received);
          const [head, name = '', id = ''] = match ?? [];
          const way = wayOf(name);
          if (head === undefined || peer.received.length < head.length + way.body.length) return;
          peer.received = peer.received.slice(head.length + way.body.length);
          if (spoiledBy !== '') reused.push(`${id} behind ${spoiledBy}`);
          if (way.spoils) spoiledBy = `${name} ${id}`;
          peer.write(way.answer(id));
        }
      });
    },
  });

/** What is wrong with the answer that `id` got; undefined: nothing. */
const crossTalk = (name: string, id: string, { status, head, body }: ReadAnswer): string | undefined => {
  const way = wayOf(name);
  const said =
    status === 502
      ? head.toLowerCase().includes(`\r\nx-request-id: ${id}\r\n`) || body.includes(id)
      : head.includes(`\r\nX-Id: ${id}\r\n`);
  return status === way.status && said && !`${head}${body}`.toLowerCase().includes('foreign')
    ? undefined
    : `${name} ${id}: ${head}${body}`;
};

/** Asks three at a time on one connection, which must bring three answers in their order. */
const askMany = async (
  client: RawPeer,
  ids: readonly (readonly [name: string, id: string])[],
): Promise<string[]> => {
  const wrong: string[] = [];
  for (let at = 0; at < ids.length; at += 3) {
    const batch = ids.slice(at, at + 3);
    client.write(batch.map(([name, id]) => requestOf(name, id)).join(''));
    for (const [name, id] of batch) {
      const { method } = wayOf(name);
      await client.until(({ received }) => firstAnswer(received, method) !== undefined);
      const answer = firstAnswer(client.received, method);
      if (answer === undefined) throw new Error('until has seen it');
      client.received = client.received.slice(answer.length);
      const fault = crossTalk(name, id, answer);
      if (fault !== undefined) wrong.push(fault);
    }
  }
  if (client.received !== '') wrong.push(`left over: ${client.received}`);
  return wrong;
};

test(`S7: of ${REQUESTS} requests to origins that answer too much, each gets its own answer, and no spoiled socket is used again`, async t => {
  t.timeout(120_000);
  const reused: string[] = [];
  const origins = await Promise.all([hostileOrigin(reused), hostileOrigin(reused), hostileOrigin(reused)]);
  const bugs = await inWorld(origins, {}, async ({ router }) => {
    const wrong = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, nth) => {
        const client = await connectRaw(router.port);
        const ids = Array.from({ length: REQUESTS / CLIENTS }, (_, index) => {
          // Each client goes through all ways in an order of its own.
          const name = NAMES[(index * (nth + 1) + Math.trunc(index / NAMES.length)) % NAMES.length] ?? 'well';
          return [name, `id-${nth}-${index}-`] as const;
        });
        const faults = await askMany(client, ids);
        client.socket.destroy();
        return faults;
      }),
    );
    t.deepEqual(wrong.flat().slice(0, 3), []);
    t.deepEqual(reused.slice(0, 3), []);
    t.true(router.counters.get('upstream_unsolicited') > REQUESTS / 10);
    t.true(router.counters.get('upstream_connections') < REQUESTS * 0.8, 'good sockets were used again');
  });
  t.deepEqual(bugs, []);
});

test('S7: an answer nobody asked for, on an idle socket, closes it before the next request', async t => {
  const origin = await startOrigin();
  await inWorld([origin], {}, async ({ client, router }) => {
    for (let nth = 0; nth < 50; nth += 1) {
      client.write(requestOf('well', `id-${nth}`));
      const peer = await origin.connection(nth);
      await peer.untilText('\r\n\r\n');
      peer.write(answerTo(`id-${nth}`));
      await client.untilText(`\r\n\r\nid-${nth}`);
      peer.write(FOREIGN);
      await peer.untilClosed();
      t.notRegex(client.takeReceived(), /foreign/i);
    }
    t.is(router.counters.get('upstream_unsolicited'), 50);
    t.is(router.counters.get('upstream_connections'), 50);
  });
});

test('S7: an answer before the end of the request body is passed on, and its socket is used by nobody else', async t => {
  const early = await startOrigin({
    onConnection: peer => {
      // The answer and, as soon as anything more comes, something that could pass for the next one.
      peer.socket.once('data', () => {
        peer.write(answerTo('early'));
        peer.socket.on('data', () => peer.write(FOREIGN));
      });
    },
  });
  await inWorld([early], {}, async ({ client }) => {
    for (let nth = 0; nth < 50; nth += 1) {
      client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
      await client.untilText('\r\n\r\nearly');
      t.notRegex(client.takeReceived(), /foreign/i);
      const peer = await early.connection(nth);
      await peer.untilClosed();
      client.write('world');
    }
    t.is(early.connections.length, 50);
  });
});
