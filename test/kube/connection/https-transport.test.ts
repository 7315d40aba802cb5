import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { HttpsTransport } from '../../../src/kube/connection/https-transport.ts';
import type { ServerAccess } from '../../../src/kube/connection/server-access.ts';
import { type ApiRequest, TransportError } from '../../../src/kube/connection/transport.ts';
import { plainAccess } from '../../helpers/kube/plain-access.ts';

type Seen = { readonly request: IncomingMessage; readonly text: string };

/** A server that notes what it is sent, and a transport to it. */
const world = async (t: ExecutionContext, answer: RequestListener, access: Partial<ServerAccess> = {}) => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    seen.push({ request, text });
    answer(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const transport = new HttpsTransport({ ...plainAccess(url), ...access }, () => 1_000_000);
  t.teardown(() => {
    transport.close();
    server.close();
    server.closeAllConnections();
  });
  const send = (parts: Partial<ApiRequest> = {}) =>
    transport.send({ method: 'GET', path: '/api', signal: new AbortController().signal, ...parts });
  return { seen, server, url, transport, send };
};

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
};

test('a request carries the credentials of the moment, and the path of the server before its own', async t => {
  let tokens = 0;
  const { seen, url, send, transport } = await world(t, (_, response) => response.end('{}'), {
    credentials: async () => {
      tokens += 1;
      return { headers: { authorization: `Bearer ${tokens}` }, tls: {} };
    },
  });
  await textOf((await send()).body);
  await textOf((await send()).body);
  t.deepEqual(
    seen.map(({ request }) => [request.url, request.headers.authorization, request.headers['user-agent']]),
    [
      ['/api', 'Bearer 1', 'sluice'],
      ['/api', 'Bearer 2', 'sluice'],
    ],
  );
  const behindPath = new HttpsTransport(plainAccess(`${url}/k8s/clusters/c-1`), Date.now);
  t.teardown(() => behindPath.close());
  await textOf(
    (await behindPath.send({ method: 'GET', path: '/api?limit=1', signal: new AbortController().signal }))
      .body,
  );
  t.is(seen.at(-1)?.request.url, '/k8s/clusters/c-1/api?limit=1');
  transport.close();
});

test('bodies have a length, those of DELETE too, and connections are used again', async t => {
  const { seen, send } = await world(t, (_, response) => response.end('{}'));
  const body = { contentType: 'application/json', text: '{"a":"ü"}' };
  const ports: (number | undefined)[] = [];
  for (const method of ['POST', 'DELETE', 'PATCH'] as const) {
    await textOf((await send({ method, body })).body);
    ports.push(seen.at(-1)?.request.socket.remotePort);
  }
  t.deepEqual(
    seen.map(({ text, request }) => [
      text,
      request.headers['content-length'],
      request.headers['content-type'],
    ]),
    Array.from({ length: 3 }, () => [body.text, '10', body.contentType]),
  );
  t.is(new Set(ports).size, 1);
});

for (const [header, expected] of [
  [undefined, null],
  ['7', 7_000],
  [' 0 ', 0],
  [new Date(1_005_000).toUTCString(), 5_000],
  [new Date(0).toUTCString(), 0],
  ['soon', null],
] as const) {
  test(`Retry-After ${JSON.stringify(header)} is ${expected} ms`, async t => {
    const { send } = await world(t, (_, response) => {
      if (header !== undefined) response.setHeader('retry-after', header);
      response.writeHead(429).end();
    });
    const { status, retryAfterMs } = await send();
    t.deepEqual([status, retryAfterMs], [429, expected]);
  });
}

test('a kept connection that the server has closed meanwhile costs no GET, and no write is sent twice', async t => {
  let requests = 0;
  const { send, seen } = await world(t, (request, response) => {
    requests += 1;
    // The second request of a connection meets a server that has given it up.
    if (requests % 2 === 0) request.socket.resetAndDestroy();
    else response.end('{}');
  });
  await textOf((await send()).body);
  t.is(await textOf((await send()).body), '{}');
  t.is(seen.length, 3);
  await t.throwsAsync(send({ method: 'POST', body: { contentType: 'text/plain', text: 'x' } }), {
    instanceOf: TransportError,
  });
  t.is(seen.length, 4);
});

test('an aborted request ends, answered or not, credentials or not', async t => {
  const { send } = await world(t, (request, response) => {
    if (request.url === '/stream') response.write('a');
  });
  const unanswered = new AbortController();
  const waiting = send({ signal: unanswered.signal });
  unanswered.abort();
  await t.throwsAsync(waiting, { instanceOf: TransportError });
  const streaming = new AbortController();
  const { body } = await send({ path: '/stream', signal: streaming.signal });
  const read = textOf(body);
  streaming.abort();
  await t.throwsAsync(read);
  const hanging = await world(t, () => {}, { credentials: () => new Promise(() => {}) });
  const noCredentials = new AbortController();
  const asked = hanging.send({ signal: noCredentials.signal });
  noCredentials.abort();
  await t.throwsAsync(asked, { instanceOf: TransportError });
});

test('credentials that fail say where they were to come from', async t => {
  const { send } = await world(t, () => {}, {
    origin: 'the kubeconfig x',
    credentials: async () => {
      throw new Error('plugin exited with code 1');
    },
  });
  await t.throwsAsync(send(), {
    instanceOf: TransportError,
    message: 'no credentials from the kubeconfig x: plugin exited with code 1',
  });
});

test('a server that is not there is a TransportError', async t => {
  const { send, server } = await world(t, () => {});
  await new Promise(resolve => server.close(resolve));
  await t.throwsAsync(send(), { instanceOf: TransportError, message: /ECONNREFUSED/ });
});
