import test from 'ava';
import {
  type ForwardedWith,
  forwardedHead,
  forwardedLines,
  isForwardablePath,
} from '../../../router/http1/forwarded-head.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';

const peerLines = (address: string, port: number): string =>
  forwardedLines({ chain: address, client: address, proto: 'http', port: String(port) });

const DIRECT = { hopScheme: 'http', forwardedHost: '', forwardedBefore: '' } as const;

const OWN: ForwardedWith = {
  peer: {
    ...DIRECT,
    lines: peerLines('10.1.2.3', 8080),
    address: '10.1.2.3',
    localAuthority: '10.0.0.9:8080',
  },
  requestId: 'id-1',
  trackLine: 'x-sluice-track: edge\r\n',
  rewrittenPath: null,
};
const PEER =
  'Via: 1.1 sluice\r\nX-Forwarded-For: 10.1.2.3\r\nX-Real-IP: 10.1.2.3\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n';
const END = 'X-Request-Id: id-1\r\nx-sluice-track: edge\r\n\r\n';
const COMMON = `${PEER}X-Forwarded-Host: a.com\r\n${END}`;

const heads = test.macro({
  exec(t, sent: string, forwarded: string, own: Partial<ForwardedWith> = {}) {
    const head = new RequestHead();
    t.is(head.parse(sent), null);
    t.is(forwardedHead(head, { ...OWN, ...own }), forwarded);
  },
  title: (title = '') => `upstream head: ${title}`,
});

const HOST = 'Host: a.com\r\n';
test(
  'a plain request keeps its bytes',
  heads,
  `GET /a%2Fb?c HTTP/1.1\r\nhOsT: a.com\r\nA:b\r\nA: \t c \r\n`,
  `GET /a%2Fb?c HTTP/1.1\r\nhOsT: a.com\r\nA:b\r\nA: \t c \r\n${COMMON}`,
);
test(
  'a path in need is normalized, the query is not',
  heads,
  `GET /x/../%61?%61=/../ HTTP/1.1\r\n${HOST}`,
  `GET /a?%61=/../ HTTP/1.1\r\n${HOST}${COMMON}`,
);
test(
  'P3: HTTP/1.0 becomes HTTP/1.1 with a Host',
  heads,
  'GET /a HTTP/1.0\r\nA: b\r\n',
  `GET /a HTTP/1.1\r\nA: b\r\nHost: 10.0.0.9:8080\r\n${PEER.replace('1.1', '1.0')}${END}`,
);
test(
  'P6, P23: an absolute form becomes a path, its authority the Host',
  heads,
  'GET http://a.com/b?c HTTP/1.1\r\nHost: other\r\nA: b\r\n',
  `GET /b?c HTTP/1.1\r\nA: b\r\n${HOST}${COMMON}`,
);
test(
  'P23: OPTIONS http://host becomes *',
  heads,
  `OPTIONS http://a.com HTTP/1.1\r\n${HOST}`,
  `OPTIONS * HTTP/1.1\r\n${HOST}${COMMON}`,
);
test('OPTIONS * stays', heads, `OPTIONS * HTTP/1.1\r\n${HOST}`, `OPTIONS * HTTP/1.1\r\n${HOST}${COMMON}`);
test(
  'S9, P20: what ends here is gone, first, last and between',
  heads,
  `GET / HTTP/1.1\r\nConnection: keep-alive, foo\r\n${HOST}Foo: 1\r\nKeep-Alive: 1\r\nA: b\r\nTE: trailers\r\nProxy-Authorization: x\r\nfoo: 2\r\n`,
  `GET / HTTP/1.1\r\n${HOST}A: b\r\n${COMMON}`,
);
test(
  'S11: what the client said of itself is replaced, whatever its dashes',
  heads,
  `GET / HTTP/1.1\r\n${HOST}X-Forwarded-For: 6.6.6.6\r\nx_forwarded_proto: https\r\nX-Forwarded-Prefix: /x\r\nX-Real-Ip: 6.6.6.6\r\nX-Sluice-Track: edge\r\nX_Request_ID: 6\r\nX-Request-Id: id-1\r\nX-Forward: kept\r\n`,
  `GET / HTTP/1.1\r\n${HOST}X-Forward: kept\r\n${COMMON}`,
);
test(
  'S11: Forwarded is replaced',
  heads,
  `GET / HTTP/1.1\r\nHost: a.com:81\r\nForwarded: for=6.6.6.6\r\n`,
  `GET / HTTP/1.1\r\nHost: a.com:81\r\nForwarded: for=10.1.2.3;host="a.com:81";proto=http\r\n${PEER}X-Forwarded-Host: a.com:81\r\n${END}`,
);
test(
  'an IPv6 client stands in brackets in Forwarded alone',
  heads,
  `GET / HTTP/1.1\r\n${HOST}Forwarded: x\r\n`,
  `GET / HTTP/1.1\r\n${HOST}Forwarded: for="[2001:db8::1]";host="a.com";proto=http\r\nVia: 1.1 sluice\r\n${peerLines('2001:db8::1', 80)}X-Forwarded-Host: a.com\r\n${END}`,
  {
    peer: { ...DIRECT, lines: peerLines('2001:db8::1', 80), address: '2001:db8::1', localAuthority: '' },
  },
);
test(
  'S11: what a trusted hop said is extended',
  heads,
  `GET / HTTP/1.1\r\n${HOST}Forwarded: for=6.6.6.6\r\n`,
  `GET / HTTP/1.1\r\n${HOST}Forwarded: for=6.6.6.6, for=10.1.2.3;host="a.com";proto=http\r\n${PEER}X-Forwarded-Host: out.com\r\n${END}`,
  { peer: { ...OWN.peer, forwardedHost: 'out.com', forwardedBefore: 'for=6.6.6.6, ' } },
);
test(
  'an upgrade is asked for anew',
  heads,
  `GET / HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n`,
  `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n${COMMON}`,
);
test(
  'an upgrade that is none is not',
  heads,
  `GET / HTTP/1.1\r\n${HOST}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n`,
  `GET / HTTP/1.1\r\n${HOST}${COMMON}`,
);
test(
  'bodies keep their framing',
  heads,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: Chunked\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: Chunked\r\n${COMMON}`,
);
test(
  'Expect of an HTTP/1.0 client is dropped (RFC 9110 10.1.1)',
  heads,
  `PUT / HTTP/1.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n`,
  `PUT / HTTP/1.1\r\n${HOST}Content-Length: 1\r\n${COMMON.replace('1.1', '1.0')}`,
);
test(
  'a rewrite keeps the query',
  heads,
  `GET /a?b=1 HTTP/1.1\r\n${HOST}`,
  `GET /new?b=1 HTTP/1.1\r\n${HOST}${COMMON}`,
  { rewrittenPath: '/new' },
);
test(
  'a rewrite with a query comes first',
  heads,
  `GET /a?b=1 HTTP/1.1\r\n${HOST}`,
  `GET /new?c=2&b=1 HTTP/1.1\r\n${HOST}${COMMON}`,
  { rewrittenPath: '/new?c=2' },
);

test('only visible ASCII behind a slash can be forwarded as a path', t => {
  for (const path of ['/', '/a?b', '/%C3%A9']) t.true(isForwardablePath(path), path);
  for (const path of ['', 'a', '/a b', '/a\r\nX: y', '/\u010a', '/\xe9', '/\x7f'])
    t.false(isForwardablePath(path), path);
});
