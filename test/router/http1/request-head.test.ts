import test from 'ava';
import fc from 'fast-check';
import { HEAD_FAULT } from '../../../router/http1/head-fault.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';

const HOST = 'Host: taobao.com\r\n';
const parsed = (text: string): RequestHead => {
  const head = new RequestHead();
  const fault = head.parse(text);
  if (fault !== null) throw new Error(`${fault.code} for ${JSON.stringify(text)}`);
  return head;
};
const withLines = (lines: string): RequestHead => parsed(`GET / HTTP/1.1\r\n${HOST}${lines}`);

type FaultName = keyof typeof HEAD_FAULT;

const refused = test.macro<[FaultName, ...string[]]>({
  exec(t, fault: FaultName, ...heads: string[]) {
    for (const head of heads)
      t.is(new RequestHead().parse(head)?.code, HEAD_FAULT[fault].code, JSON.stringify(head.slice(0, 80)));
  },
  title: (title = '', fault: FaultName) => `${title}: ${HEAD_FAULT[fault].status} ${HEAD_FAULT[fault].code}`,
});

const lines = (...variants: readonly string[]): string[] =>
  variants.map(line => `POST / HTTP/1.1\r\n${HOST}${line}\r\n`);
const targets = (...variants: readonly string[]): string[] =>
  variants.map(target => `GET ${target} HTTP/1.1\r\n${HOST}`);

test(
  'a request line that is not METHOD SP TARGET SP VERSION CRLF',
  refused,
  'requestLine',
  `GET / HTTP/1.1\n${HOST}`,
  `GET  / HTTP/1.1\r\n${HOST}`,
  `GET /  HTTP/1.1\r\n${HOST}`,
  `GET\t/ HTTP/1.1\r\n${HOST}`,
  `GET /\r\n${HOST}`,
  `GET / http/1.1\r\n${HOST}`,
  `GET / HTTP/1.1 \r\n${HOST}`,
  `GET / HTTP/1.1\r\r\n${HOST}`,
  `GET / HTTP/11\r\n${HOST}`,
  ` GET / HTTP/1.1\r\n${HOST}`,
  `G(T / HTTP/1.1\r\n${HOST}`,
  `GET /a\0b HTTP/1.1\r\n${HOST}`,
  `GET /a\x7fb HTTP/1.1\r\n${HOST}`,
  `GET /\xc3\xa9 HTTP/1.1\r\n${HOST}`,
  `GET /?\xff HTTP/1.1\r\n${HOST}`,
);
test(
  'another version',
  refused,
  'version',
  `GET / HTTP/2.0\r\n${HOST}`,
  `GET / HTTP/1.2\r\n${HOST}`,
  `GET / HTTP/0.9\r\n${HOST}`,
);
test(
  'an unknown method',
  refused,
  'method',
  `FOO / HTTP/1.1\r\n${HOST}`,
  `get / HTTP/1.1\r\n${HOST}`,
  `PRI * HTTP/1.1\r\n${HOST}`,
);
test(
  'CONNECT and TRACE',
  refused,
  'methodRefused',
  `CONNECT a.com:443 HTTP/1.1\r\n${HOST}`,
  `TRACE / HTTP/1.1\r\n${HOST}`,
);
test(
  'a target that is no path',
  refused,
  'target',
  ...targets(
    'cart',
    '*',
    '/a#b',
    '/?a#b',
    '/a\\b',
    '/%',
    '/%zz',
    '/%00',
    '/cart/..;/admin',
    'ftp://a/',
    'http://',
    'http:///a',
  ),
  ...targets('http://user@host/', 'https://[::1/', 'http://a:99999/', '?a', 'mailto:x'),
);
test('a target over 16 KiB', refused, 'targetTooLong', ...targets(`/${'a'.repeat(16_384)}`));
test('a header block over 32 KiB', refused, 'headTooLarge', ...lines(`A: ${'x'.repeat(32_768)}`));
test('more than 100 fields', refused, 'headTooLarge', `GET / HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(100)}`);
test(
  'P1, P2, P7, P8: a line that is no field',
  refused,
  'field',
  ...lines(
    'Content-Length : 0',
    'A : b',
    ': b',
    'A',
    'A\r\n: b',
    ' A: b',
    '\tA: b',
    'A: b\r\n c',
    'A: b\r\n\tc',
  ),
  ...lines(
    'A: b\nB: c',
    'A: b\rB: c',
    'A: \0',
    'A: b\x7f',
    'A: \x01',
    'A: b\r',
    'A@: b',
    'A(b): c',
    '\xe9: b',
    'A: b\r\n\r\nX: y',
  ),
);
test(
  'P5, S13: no Host, two, or one that is none',
  refused,
  'host',
  'GET / HTTP/1.1\r\n',
  'GET / HTTP/1.1\r\nA: b\r\n',
  `GET / HTTP/1.1\r\n${HOST}${HOST}`,
  `GET / HTTP/1.0\r\n${HOST}${HOST}`,
  `GET http://taobao.com/ HTTP/1.1\r\n`,
  ...[
    '',
    'a b',
    'a,b',
    'a/b',
    'u@a',
    'a:b',
    'a:80:80',
    'a:123456',
    'a:65536',
    '[::1',
    '[zz]',
    '::1',
    '.',
    'a\xe9',
    'a%41',
    '"a"',
    "a'",
    '*',
  ].map(host => `GET / HTTP/1.1\r\nHost: ${host}\r\n`),
);
test(
  'P11: a Content-Length that is not digits, once',
  refused,
  'contentLength',
  ...lines(
    'Content-Length: ',
    'Content-Length: -1',
    'Content-Length: +1',
    'Content-Length: 1 2',
    'Content-Length: 1,1',
    'Content-Length: 0x1',
  ),
  ...lines(
    'Content-Length: 1\r\nContent-Length: 1',
    'Content-Length: 1\r\ncontent-length: 2',
    'Content-Length: 1.0',
    'Content-Length: 9999999999999999',
  ),
);
test(
  'P9, P12: framing that two parsers read in two ways',
  refused,
  'framing',
  ...lines(
    'Content-Length: 1\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 0',
  ),
  ...lines(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding:',
    'Transfer-Encoding: \x0bchunked'.replace('\x0b', ''),
  ).slice(0, 3),
  ...lines('Transfer-Encoding: ,chunked', 'Transfer-Encoding: chunked;q=1', 'Transfer-Encoding: ch\xfcnked'),
  `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n`,
);
test(
  'P10: a transfer coding that does not end in chunked, or has it twice',
  refused,
  'framing',
  ...lines(
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: gzip, xchunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked\t',
    'Transfer-Encoding: chunked \t \r\nX: y',
    'Transfer-Encoding: gzip, chunked , chunked',
  ),
);
test(
  'another coding below chunked',
  refused,
  'transferEncoding',
  ...lines('Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: xchunked\t,Chunked'),
);
test(
  'P22: a Max-Forwards of OPTIONS that is no number, or there twice',
  refused,
  'field',
  ...['-1', '', '1 0', 'x', '1\r\nMax-Forwards: 1'].map(
    value => `OPTIONS / HTTP/1.1\r\n${HOST}Max-Forwards: ${value}\r\n`,
  ),
);
test(
  'S9: a Connection that names who asks or for what',
  refused,
  'connection',
  ...[
    'Host',
    'cookie',
    'AUTHORIZATION',
    'Content-Length',
    'Transfer-Encoding',
    'Forwarded',
    'X-Forwarded-For',
    'x-forwarded-anything',
    'X-Real-IP',
    'X-Request-Id',
    'x-sluice-track',
    'close,  host',
    'a,b,,host',
  ].flatMap(name => lines(`Connection: ${name}`)),
  ...lines('Connection: close\r\nConnection: host', `Connection: ${'a,'.repeat(40)}`),
);

const hosts = test.macro({
  exec(t, sent: string, host: string) {
    t.is(parsed(`GET / HTTP/1.1\r\nHost: ${sent}\r\n`).host, host);
  },
  title: (_, sent, host) => `S13: Host ${sent} is ${host}`,
});
test(hosts, 'taobao.com', 'taobao.com');
test(hosts, 'TaoBao.COM', 'taobao.com');
test(hosts, 'taobao.com.', 'taobao.com');
test(hosts, 'taobao.com:8080', 'taobao.com');
test(hosts, 'taobao.com.:80', 'taobao.com');
test(hosts, 'taobao.com:', 'taobao.com');
test(hosts, 'taobao.com..', 'taobao.com.');
test(hosts, 'a_b.com', 'a_b.com');
test(hosts, '[::1]:80', '[::1]');
test(hosts, '10.0.0.1', '10.0.0.1');

test('P6: the authority of an absolute form beats Host, and its path is the path', t => {
  const head = parsed('GET HTTP://WWW.taobao.com:80/a/%2e%2e/b?c=1 HTTP/1.1\r\nHost: other\r\n');
  t.is(head.host, 'www.taobao.com');
  t.is(head.authority, 'WWW.taobao.com:80');
  t.is(head.path, '/b');
  t.is(head.target.query, '?c=1');
  t.is(head.headerLine('host', 0), undefined);
  t.is(parsed('GET http://a.com HTTP/1.1\r\nHost: a.com\r\n').path, '/');
  t.is(parsed('GET http://a.com?x HTTP/1.1\r\nHost: a.com\r\n').target.query, '?x');
});

test('OPTIONS * and OPTIONS http://host ask for the server: routed as /', t => {
  for (const target of ['*', 'http://taobao.com']) {
    const head = parsed(`OPTIONS ${target} HTTP/1.1\r\n${HOST}`);
    t.is(head.path, '/');
    t.true(head.target.isAsterisk);
  }
});

test('HTTP/1.0 may come without Host, and its connection ends with the answer (P19)', t => {
  const head = parsed('GET / HTTP/1.0\r\nConnection: keep-alive\r\n');
  t.is(head.host, '');
  t.true(head.closes);
});

test('facts: header lines without their white space, in order, by name without case', t => {
  const head = withLines('Foo: 1\r\nfoo:\t 2 \t\r\nFOO:\r\nX-Foo: 4\r\nf_o: 5\r\n');
  t.deepEqual(
    [0, 1, 2, 3].map(nth => head.headerLine('foo', nth)),
    ['1', '2', '', undefined],
  );
});

test('S9: what Connection names, and what ends at this hop, is not there for tickets', t => {
  const head = withLines(
    'Foo: bar\r\nConnection: keep-alive, Foo\r\nfoo: 2\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: a\r\nProxy-Authorization: b\r\n',
  );
  for (const name of ['foo', 'connection', 'keep-alive', 'te', 'proxy-connection', 'proxy-authorization'])
    t.is(head.headerLine(name, 0), undefined, name);
  t.false(head.closes);
});

test('S10: fields that we set are removed, whatever their dashes look like', t => {
  const names = [
    'X-Forwarded-For',
    'x_forwarded_for',
    'X-Forwarded_Proto',
    'X-Real_IP',
    'x-sluice-track',
    'X_Sluice_Track',
    'x_request_id',
  ];
  const head = withLines(`${names.map(name => `${name}: evil\r\n`).join('')}Kept: 1\r\n`);
  for (const name of names) t.is(head.headerLine(name.toLowerCase(), 0), undefined, name);
  t.is(head.requestId, '');
  t.is(head.fields.keptText(head.fieldsStart), `${HOST}Kept: 1\r\n`);
});

test('S16: a header named __proto__ is a header', t => {
  t.is(withLines('__proto__: 1\r\nconstructor: 2\r\n').headerLine('__proto__', 0), '1');
});

test('cookies of several lines are looked up in order', t => {
  const head = withLines('Cookie: a=1; b=2\r\nCookie: b=3; c=4\r\n');
  t.is(head.cookie('b'), '2');
  t.is(head.cookie('c'), '4');
  t.is(head.cookie('d'), undefined);
});

test('query parameters are decoded, and there are none without a query', t => {
  t.is(parsed(`GET /?a=%20x&a=2 HTTP/1.1\r\n${HOST}`).queryParameter('a'), ' x');
  t.is(parsed(`GET / HTTP/1.1\r\n${HOST}`).queryParameter('a'), undefined);
});

test('one sane request id is kept; two, or a strange one, are none', t => {
  t.is(withLines('X-Request-Id: abc-1\r\n').requestId, 'abc-1');
  t.is(withLines('X-Request-Id: abc\r\nX-Request-Id: def\r\n').requestId, '');
  for (const id of ['', 'a b', 'a"b', '\x1b[31m'.replace('\x1b', 'e'), 'x'.repeat(129)])
    t.is(withLines(`X-Request-Id: ${id}\r\n`).requestId, '', id);
});

test('a minted id is the same for the same cookie, and gone with the request', t => {
  const head = withLines('');
  const id = head.mint('grey', 60);
  t.regex(id, /^[0-9a-f]{32}$/);
  t.is(head.mint('grey', 60), id);
  const other = head.mint('b', null);
  t.is(
    head.mintedLines(),
    `Set-Cookie: grey=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\nSet-Cookie: b=${other}; Path=/; HttpOnly; SameSite=Lax\r\n`,
  );
  t.is(head.parse(`GET / HTTP/1.1\r\n${HOST}`), null);
  t.is(head.mintedLines(), '');
});

test('draws spread over 32 bits', t => {
  const head = withLines('');
  const draws = Array.from({ length: 4096 }, () => head.draw());
  t.true(draws.every(draw => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32));
  const low = draws.filter(draw => draw < 2 ** 31).length;
  t.true(low > 1800 && low < 2300, `${low}`);
});

const upgrades = test.macro({
  exec(t, head: string, upgrade: string) {
    t.is(parsed(head).upgrade, upgrade);
  },
  title: (title, _head, upgrade) =>
    `S8, P30: ${title} ${upgrade === '' ? 'is no upgrade' : `asks for ${upgrade}`}`,
});
const WS = 'Upgrade: websocket\r\n';
test(
  'a WebSocket',
  upgrades,
  `GET / HTTP/1.1\r\n${HOST}Connection: keep-alive, Upgrade\r\n${WS}`,
  'websocket',
);
test('Upgrade without Connection', upgrades, `GET / HTTP/1.1\r\n${HOST}${WS}`, '');
test('Connection without Upgrade', upgrades, `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\n`, '');
test('HTTP/1.0', upgrades, `GET / HTTP/1.0\r\n${HOST}Connection: Upgrade\r\n${WS}`, '');
test(
  'a request with a body',
  upgrades,
  `POST / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\n${WS}Content-Length: 1\r\n`,
  '',
);
test(
  'a chunked request',
  upgrades,
  `POST / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\n${WS}Transfer-Encoding: chunked\r\n`,
  '',
);
test('two Upgrade fields', upgrades, `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\n${WS}${WS}`, '');
test(
  'h2c',
  upgrades,
  `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n`,
  '',
);
test(
  'websocket or h2c',
  upgrades,
  `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n`,
  '',
);

test('any bytes are parsed or refused, and a head is read alike after any other', t => {
  const used = new RequestHead();
  const piece = fc.constantFrom(
    'GET ',
    '/',
    ' HTTP/1.1\r\n',
    HOST,
    'A: b\r\n',
    'Connection: ',
    'close',
    ',',
    '\r\n',
    '\r',
    '\n',
    ' ',
    'Content-Length: 1\r\n',
    'Transfer-Encoding: chunked\r\n',
    '\0',
    '\xff',
    'Upgrade: x\r\n',
    '*',
    '%',
    'X-Request-Id: 1\r\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), pieces => {
      const text = `GET / HTTP/1.1\r\n${pieces.join('')}`;
      const fresh = new RequestHead();
      const fault = fresh.parse(text);
      t.is(used.parse(text), fault);
      if (fault !== null) return;
      t.is(used.host, fresh.host);
      t.is(used.closes, fresh.closes);
      t.is(used.contentLength, fresh.contentLength);
      t.is(used.upgrade, fresh.upgrade);
    }),
    { numRuns: 2000 },
  );
});
