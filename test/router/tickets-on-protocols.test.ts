import { createHash } from 'node:crypto';
import type { ClientHttp2Session } from 'node:http2';
import test from 'ava';
import { referenceMatches } from '../../src/core/ticket/reference-ticket.ts';
import { CONTRACT, ticketOf } from '../core/ticket/matcher-contract.ts';
import { startFramingOrigin } from '../helpers/framing-origin.ts';
import { connectHttp2 } from '../helpers/http2-client.ts';
import { startOnePoolRouter } from '../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { factsOf, type PlainRequest } from '../helpers/request-facts.ts';
import { host, planOf, prefix, tableOf, to, tracks } from '../helpers/written-plan.ts';

/*
 * Every row of the matcher's contract over every protocol (issue 5): a ticket means the same on all of them. The client's
 * address comes as a trusted proxy says it, so that rows about addresses are real requests too.
 */

const WEB_SOCKET_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Says which track was told upstream, and agrees to every WebSocket. */
const answerWithTrack = () =>
  startFramingOrigin(({ head }) => {
    const track = /\r\nx-sluice-track: (.*)\r\n/.exec(head)?.[1] ?? 'none';
    if (!/\r\nUpgrade: websocket\r\n/i.test(head))
      return `HTTP/1.1 200 OK\r\nDate: now\r\nX-Track: ${track}\r\nContent-Length: 0\r\n\r\n`;
    const key = /\r\nSec-WebSocket-Key: (.*)\r\n/i.exec(head)?.[1] ?? '';
    return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nX-Track: ${track}\r\n\r\n`;
  });

type Sent = { readonly host: string; readonly request: PlainRequest };

/** Sends one request and tells the track that answered it. */
type Sender = (sent: Sent) => Promise<string>;

const trackIn = (text: string): string => /\r\nX-Track: (.*)\r\n/i.exec(text)?.[1] ?? `none of ${text}`;

const addressLine = ({ sourceAddress }: PlainRequest): string =>
  sourceAddress === undefined ? '' : `X-Forwarded-For: ${sourceAddress}\r\n`;

const headText = ({ host: name, request }: Sent, extra: string): string => {
  const lines = (request.headers ?? []).map(([field, value]) => `${field}: ${value}\r\n`).join('');
  return `${request.method ?? 'GET'} /?${request.query ?? ''} HTTP/1.1\r\nHost: ${name}\r\n${extra}${addressLine(request)}${lines}\r\n`;
};

const http1 =
  (client: RawPeer, extra = ''): Sender =>
  async sent => {
    client.takeReceived();
    client.write(headText(sent, extra));
    return trackIn(await client.untilText('\r\n\r\n'));
  };

/** A connection of its own for each: it becomes a tunnel. */
const webSocket =
  (port: number): Sender =>
  async sent => {
    const client = await connectRaw(port);
    const handshake = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${WEB_SOCKET_KEY}\r\n`;
    const track = await http1(client, handshake)(sent);
    client.socket.destroy();
    return track;
  };

/** Fields as HTTP/2 has them: names in lower case, no white space around values (RFC 9113 8.2.1). */
const http2Fields = ({ host: name, request }: Sent): Record<string, string | string[]> => {
  const fields: Record<string, string | string[]> = Object.create(null);
  fields[':method'] = request.method ?? 'GET';
  fields[':authority'] = name;
  fields[':path'] = `/?${request.query ?? ''}`;
  if (request.sourceAddress !== undefined) fields['x-forwarded-for'] = request.sourceAddress;
  for (const [field, value] of request.headers ?? []) {
    const lower = field.toLowerCase();
    const text = value.replace(/^[ \t]+|[ \t]+$/g, '');
    fields[lower] = [...[fields[lower] ?? []].flat(), text];
  }
  return fields;
};

const http2 =
  (session: ClientHttp2Session, extra: Record<string, string> = {}): Sender =>
  sent =>
    new Promise((resolve, reject) => {
      const stream = session.request(Object.assign(Object.create(null), http2Fields(sent), extra), {
        endStream: extra[':protocol'] === undefined,
      });
      stream.on('error', reject);
      stream.on('response', response => {
        resolve(String(response['x-track'] ?? `none of ${response[':status']}`));
        stream.close();
      });
    });

/** What a protocol makes of a request of the table: gRPC has one method, a WebSocket another. */
const PROTOCOLS = {
  'HTTP/1.1': { method: null },
  'WebSocket over HTTP/1.1': { method: 'GET' },
  'HTTP/2': { method: null },
  'gRPC over HTTP/2': { method: 'POST' },
  'WebSocket over HTTP/2': { method: 'GET' },
} as const satisfies Record<string, { readonly method: string | null }>;

type Protocol = keyof typeof PROTOCOLS;

const protocols = Object.keys(PROTOCOLS) as readonly Protocol[];

test('S10: every ticket of the matcher contract is decided alike over HTTP/1.1, HTTP/2, gRPC and WebSocket', async t => {
  const rows = CONTRACT.map(([title, written, request], at) => ({
    title,
    written,
    request,
    host: `t${at}.com`,
  }));
  const origin = await answerWithTrack();
  const plan = planOf(
    rows.map(({ written, host: name }) =>
      // The contract's default salt is that of its own host.
      host(name, [[prefix('/'), to('cart', { ...tracks, ownHost: 'taobao.com', written })]]),
    ),
  );
  const endpoints = [{ address: '127.0.0.1', port: origin.port, pod: null }];
  const table = tableOf({ ...plan, pools: plan.pools.map(pool => ({ ...pool, endpoints })) });
  const router = await startOnePoolRouter([], {
    decide: request => table.decide(request),
    options: { h2c: true, trustedProxies: ['127.0.0.0/8'] },
  });
  t.teardown(async () => {
    await router.close();
    await origin.close();
  });
  const session = await connectHttp2(t, router.port);
  const senders: Record<Protocol, Sender> = {
    'HTTP/1.1': http1(await connectRaw(router.port)),
    'WebSocket over HTTP/1.1': webSocket(router.port),
    'HTTP/2': http2(session),
    'gRPC over HTTP/2': http2(session, {
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
    }),
    'WebSocket over HTTP/2': http2(session, {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      'sec-websocket-version': '13',
    }),
  };
  let decided = 0;
  let matched = 0;
  for (const { title, written, request, host: name } of rows) {
    const ticket = ticketOf(written);
    for (const protocol of protocols) {
      const method = PROTOCOLS[protocol].method ?? (request.method ?? 'GET').toUpperCase();
      const sent = { ...request, method, sourceAddress: request.sourceAddress ?? '192.0.2.1' };
      const expected = referenceMatches(ticket, 'taobao.com', factsOf({ ...sent, nowMs: Date.now() }))
        ? ticket.to
        : 'stable';
      t.is(await senders[protocol]({ host: name, request: sent }), expected, `${title}, over ${protocol}`);
      decided += 1;
      if (expected !== 'stable') matched += 1;
    }
  }
  t.deepEqual(router.bugs, []);
  t.is(decided, CONTRACT.length * protocols.length);
  t.true(matched > decided / 4 && matched < (decided * 3) / 4, `${matched} of ${decided} lead to a track`);
});
