import test from 'ava';
import { startFramingOrigin } from '../../helpers/framing-origin.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { OK, sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const get = (fields: string, target = '/'): string => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const options = (fields: string, target = '/'): string => get(fields, target).replace('GET', 'OPTIONS');
const linesOf = (text: string, name: string): readonly string[] =>
  text.split('\r\n').filter(line => line.toLowerCase().startsWith(`${name}:`));

// RFC 9110 7.6.3: a gateway MUST send Via towards the origin, with the version that it received.
test('P21: Via names this hop, behind those before it', async t => {
  await sentThrough({}, async ({ send }) => {
    const old = await send('GET / HTTP/1.0\r\nVia: 1.1 a\r\nvia: 2 b (c, d)\r\n\r\n');
    t.deepEqual(linesOf(old.requests[0]?.head ?? '', 'via'), [
      'Via: 1.1 a',
      'via: 2 b (c, d)',
      'Via: 1.0 sluice',
    ]);
    t.deepEqual(linesOf((await send(GET)).requests[0]?.head ?? '', 'via'), ['Via: 1.1 sluice']);
    t.notRegex((await send(GET)).answer, /via/i);
  });
});
// RFC 9110 7.6: a message MUST NOT be forwarded to itself without protection against an endless loop.
// An application may send a request back through the front door: ours lets a request pass eight times.
test('P21: a request that goes round in circles ends with 508', async t => {
  const passing = 'Via: 1.1 sluice, 1.1 other\r\n'.repeat(7);
  await sentThrough({}, async ({ send }) => {
    t.deepEqual((await send(get(passing))).statuses, [200]);
    t.deepEqual((await send(get(`Via: 1.1 sluicer, 1.1 x-sluice, 2 sluice\r\n${passing}`))).statuses, [200]);
    for (const last of ['1.1 sluice', 'HTTP/1.1 Sluice', '1.0  sluice , x']) {
      t.deepEqual((await send(get(`${passing}Via: ${last}\r\n`) + GET)).statuses, [508], last);
    }
  });
});

// RFC 9110 7.6.2: Max-Forwards of TRACE and OPTIONS MUST be checked and counted down; at 0 the request MUST NOT be forwarded.
test('P22: Max-Forwards of OPTIONS counts down, and at 0 we answer', async t => {
  await sentThrough({}, async ({ send, origin }) => {
    for (const target of ['/a', '*']) {
      const { requests } = await send(options('Max-Forwards: 3\r\n', target));
      t.deepEqual(linesOf(requests[0]?.head ?? '', 'max-forwards'), ['Max-Forwards: 2']);
      const last = await send(options('Max-Forwards: 0\r\n', target));
      t.regex(last.answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nAllow: /);
      t.deepEqual(last.requests, []);
    }
    for (const bad of ['', '-1', 'x', '1, 1', '1\r\nMax-Forwards: 2']) {
      t.deepEqual((await send(options(`Max-Forwards: ${bad}\r\n`))).statuses, [400], bad);
    }
    t.deepEqual(origin.takeRequests(), []);
    // For other methods it means nothing, and MAY be ignored.
    t.deepEqual(linesOf((await send(get('Max-Forwards: 0\r\n'))).requests[0]?.head ?? '', 'max-forwards'), [
      'Max-Forwards: 0',
    ]);
    t.deepEqual((await send(get('Max-Forwards: 0\r\n').replace('GET', 'TRACE'))).statuses, [405]);
  });
});

// RFC 9110 7.7, RFC 9112 3.2.4: path and query MUST NOT be changed beyond equivalence; DESIGN 7 says how a path is normalized.
const targets = test.macro({
  async exec(t, rows: readonly (readonly [sent: string, forwarded: string])[]) {
    await sentThrough({}, async ({ send }) => {
      for (const [sent, forwarded] of rows) {
        const { requests } = await send(`${sent} HTTP/1.1\r\n${HOST}\r\n`);
        t.is(requests[0]?.head.split(' HTTP/1.1\r\n')[0], forwarded, sent);
      }
    });
  },
  title: (title = '') => title,
});
test('P23: path and query pass unchanged, but for equivalent forms of a path', targets, [
  [
    'GET /a;b=c,d:e@f!g$h&i\'j(k)*l+m=n~o?p=%zz&q={"r":[1]}/../;s?t',
    'GET /a;b=c,d:e@f!g$h&i\'j(k)*l+m=n~o?p=%zz&q={"r":[1]}/../;s?t',
  ],
  ['GET //a//', 'GET //a//'],
  ['GET /a%2Fb%5Cc', 'GET /a%2Fb%5Cc'],
  ['GET /%e4%7e/./b/../c?', 'GET /%E4~/c?'],
  ['GET http://a.com', 'GET /'],
  ['GET http://a.com?q', 'GET /?q'],
]);
test('P23: OPTIONS for an authority without path is OPTIONS *', targets, [
  ['OPTIONS http://a.com', 'OPTIONS *'],
  ['OPTIONS http://a.com:80', 'OPTIONS *'],
  ['OPTIONS *', 'OPTIONS *'],
  ['OPTIONS http://a.com/', 'OPTIONS /'],
]);

// RFC 9110 15.2: a proxy MUST forward 1xx answers; MUST NOT send them to an HTTP/1.0 client.
test('P24: every 1xx is forwarded, none to HTTP/1.0', async t => {
  const interims = ['100 Continue', '102 Processing', '103 Early Hints\r\nLink: </a>', '199 Whatever']
    .map(line => `HTTP/1.1 ${line}\r\n\r\n`)
    .join('');
  await sentThrough({ answer: interims + OK }, async ({ send }) => {
    t.is((await send(GET)).answer, interims + OK);
    t.is(
      (await send('GET / HTTP/1.0\r\n\r\n')).answer,
      OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
  });
});

// RFC 9110 10.1.1: a proxy MUST forward 100-continue or answer it; on HTTP/1.0 it MUST be ignored. 7.8: 100 before 101.
test('P25: Expect is forwarded, not for HTTP/1.0; 100 comes before 101', async t => {
  await sentThrough({}, async ({ send }) => {
    const put = (version: string): string =>
      `PUT / HTTP/${version}\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`;
    t.deepEqual(linesOf((await send(put('1.1'))).requests[0]?.head ?? '', 'expect'), [
      'Expect: 100-continue',
    ]);
    t.deepEqual(linesOf((await send(put('1.0'))).requests[0]?.head ?? '', 'expect'), []);
  });
  await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.write(get('Expect: 100-continue\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'));
    const peer = await origins[0]?.connection(0);
    await peer?.untilText('\r\n\r\n');
    const both =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    peer?.write(both);
    t.is(await client.untilLength(both.length), both);
  });
});

// RFC 9110 9.2.2: a proxy MUST NOT automatically retry non-idempotent requests.
test('P26: a request that is not idempotent is never sent twice', async t => {
  for (const [method, body, tries] of [
    ['POST', '', 1],
    ['PATCH', '', 1],
    ['POST', 'hello', 1],
    ['PUT', 'hello', 1],
    ['GET', '', 2],
    ['DELETE', '', 2],
  ] as const) {
    const dying = () =>
      startOrigin({ onConnection: peer => peer.socket.once('data', () => peer.socket.resetAndDestroy()) });
    await inWorld([await dying(), await dying()], {}, async ({ client, origins }) => {
      client.write(`${method} / HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`);
      t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
      const seen = origins.flatMap(({ connections }) =>
        connections.filter(({ received }) => received !== ''),
      );
      t.is(seen.length, tries, `${method} ${body}`);
    });
  }
});

// RFC 9110 6.6.1: Date MUST be added where an answer has none; 10.2.1, 11.6, 11.7.1: these fields MUST NOT be changed.
test('P27: Date is added where it is missing; what belongs to the ends passes as it came', async t => {
  const asked =
    'Authorization: Basic eDp5\r\nIf-Match: "a", W/"b"\r\nIf-None-Match: *\r\nIf-Modified-Since: yesterday\r\nRange: bytes=0-1\r\nAccept-Encoding: br;q=0\r\n';
  const told =
    'Allow: GET,  PUT\r\nWWW-Authenticate: Basic realm="a, b"\r\nWWW-Authenticate: Digest x\r\nServer: me\r\nETag: W/"a"\r\nSet-Cookie: a=b, c\r\nSet-Cookie: d\r\n';
  await sentThrough({ answer: `HTTP/1.1 401 No\r\n${told}Content-Length: 0\r\n\r\n` }, async ({ send }) => {
    const { answer, requests } = await send(get(asked));
    t.true(requests[0]?.head.includes(asked));
    t.true(answer.startsWith(`HTTP/1.1 401 No\r\n${told}`));
    t.regex(answer, /\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  });
  await sentThrough({}, async ({ send }) => {
    t.deepEqual(linesOf((await send(GET)).answer, 'date'), ['Date: now']);
  });
});

// RFC 9110 8.6: a Content-Length that is known to be wrong MUST NOT be forwarded.
test('P28: a Content-Length passes only where it is right: by the bytes, or as HEAD and 304 mean it', async t => {
  await sentThrough(
    { answer: 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 7\r\n\r\n' },
    async ({ send }) => {
      const { answer } = await send(GET.replace('GET', 'HEAD') + GET.replace('GET', 'HEAD'));
      t.is(answer, 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 7\r\n\r\n'.repeat(2));
    },
  );
  await sentThrough(
    { answer: 'HTTP/1.1 304 Same\r\nDate: now\r\nContent-Length: 7\r\n\r\n' },
    async ({ send }) => {
      t.deepEqual((await send(GET + GET)).statuses, [304, 304]);
    },
  );
  const chunks = 'HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
  await sentThrough({ answer: chunks }, async ({ send }) => {
    t.is(
      (await send('GET / HTTP/1.0\r\n\r\n')).answer,
      'HTTP/1.1 200 OK\r\nDate: now\r\nConnection: close\r\n\r\nok',
    );
  });
});

// RFC 9110 9.3.6: when one side of a tunnel closes, what came of it MUST be sent on, then both are closed.
test('P29: a tunnel passes the last bytes of the side that closes, then closes both', async t => {
  for (const closing of ['client', 'origin']) {
    await inWorld([await startOrigin({ allowHalfOpen: true })], {}, async ({ client, origins }) => {
      client.write(get('Connection: Upgrade\r\nUpgrade: x\r\n'));
      const peer = await origins[0]?.connection(0);
      if (peer === undefined) return;
      await peer.untilText('\r\n\r\n');
      peer.write('HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
      await client.untilText('\r\n\r\n');
      const [one, other] = closing === 'client' ? [client, peer] : [peer, client];
      const last = 'x'.repeat(200_000);
      one.socket.end(`${last}end`, 'latin1');
      await other.untilText('end');
      await other.untilEnd();
      t.true(other.received.endsWith(`${last}end`));
      other.socket.end();
      await one.untilClosed();
      await other.untilClosed();
    });
  }
});

// RFC 9110 7.8: Upgrade only with the upgrade connection option; ignored on HTTP/1.0.
test('P30: Upgrade without the Connection option, or on HTTP/1.0, is not forwarded', async t => {
  await sentThrough({}, async ({ send }) => {
    for (const request of [
      get('Upgrade: websocket\r\n'),
      get('Connection: keep-alive\r\nUpgrade: websocket\r\n'),
      get('Connection: Upgrade\r\n'),
      get('Connection: Upgrade\r\nUpgrade: websocket\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
    ]) {
      const { requests } = await send(request);
      t.notRegex(requests[0]?.head ?? '', /^(?:upgrade|connection):/im, request);
    }
    const { requests } = await send(get('Connection: foo, upgrade\r\nUpgrade: a/1, b\r\n'));
    t.regex(requests[0]?.head ?? '', /\r\nConnection: Upgrade\r\nUpgrade: a\/1, b\r\n/);
  });
});
// RFC 9110 7.8: a server MUST NOT switch to a protocol that the client did not offer.
test('P30: a 101 that nobody asked for, or to another protocol, is 502', async t => {
  for (const upgrade of ['Upgrade: other\r\n', 'Upgrade: x, y\r\n', '', 'Upgrade:\r\n']) {
    const origin = await startFramingOrigin(`HTTP/1.1 101 Go\r\nConnection: upgrade\r\n${upgrade}\r\n`);
    await inWorld([origin], {}, async ({ client }) => {
      client.write(get('Connection: Upgrade\r\nUpgrade: x\r\n'));
      t.regex(await client.untilText('UpstreamFault'), /^HTTP\/1\.1 502 /, upgrade);
      const peer = await origin.connection(0);
      await peer.untilClosed();
    });
  }
});

// RFC 9112 9.6: after a request with close nothing more that arrives MUST be processed.
test('P31: after close nothing more is processed', async t => {
  await sentThrough({}, async ({ send, origin }) => {
    for (const fields of ['Connection: close\r\n', 'Connection: foo\r\nConnection: Close\r\n']) {
      const { answer, requests } = await send(get(fields) + GET + GET);
      t.is(answer, OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      t.is(requests.length, 1);
    }
    t.deepEqual(origin.strayBytes(), []);
  });
});
