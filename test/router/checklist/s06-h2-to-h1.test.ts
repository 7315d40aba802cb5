import test from 'ava';
import { HEAD_FAULT } from '../../../router/http1/head-fault.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { FLAG, FRAME } from '../../../router/http2/frame.ts';
import { HeardSession } from '../../helpers/heard-session.ts';
import {
  data,
  frame,
  GET,
  GREETING,
  headers,
  POST,
  type RawField,
  uint32,
} from '../../helpers/http2-frames.ts';

const PROTOCOL_ERROR = 1;

const replaced = (name: string, value: string): RawField[] =>
  GET.map((field): RawField => (field[0] === name ? [name, value] : field));
const without = (name: string): RawField[] => GET.filter(field => field[0] !== name);

/** A request that is reset with PROTOCOL_ERROR, and no text of which anybody sees, while the connection goes on. */
const refused = test.macro({
  exec(t, _: string, fields: readonly RawField[]) {
    const heard = new HeardSession().receive(GREETING);
    heard.bytes();
    heard.receive(headers(1, fields));
    const resets = heard.frames().filter(({ type }) => type === FRAME.resetStream);
    t.deepEqual(
      resets.map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)]),
      [[1, PROTOCOL_ERROR]],
    );
    for (const { heads } of heard.heard.values()) t.true(heads.every(head => head.startsWith('! ')));
    heard.receive(headers(3, GET));
    t.is(heard.fault, null);
    t.deepEqual(heard.heard.get(3)?.heads, ['GET / HTTP/1.1\r\nhost: a.com\r\n']);
  },
  title: (_, what, fields) => `S6: refused, ${what}: ${JSON.stringify(fields)}`,
});

for (const field of [':method', ':scheme', ':path'])
  test(refused, 'a pseudo-field is missing', without(field));
for (const value of ['', 'G ET', 'GET /evil HTTP/1.1\r\nX:', 'GE\0T', 'GET\t', ' GET', 'G(T']) {
  test(refused, 'a method that is none', replaced(':method', value));
}
for (const value of ['', 'ftp', 'HTTP', 'http://a', 'https:', 'http\r\n', 'http ', 'h2c']) {
  test(refused, 'a scheme that is none', replaced(':scheme', value));
}
for (const value of [
  '',
  'evil',
  '*',
  'http://evil.com/',
  '//evil.com/ HTTP/1.1\r\nHost: evil.com\r\n\r\nGET /',
  '/a b',
  '/a\tb',
  '/a\r',
  '/a\nb',
  '/a\0b',
  '/\x7f',
  '/\xe4',
  ' /',
  '/ ',
]) {
  test(refused, 'a path that is none', replaced(':path', value));
}
for (const value of ['a.com\r\nX-Evil: y', 'a.com\0', ' a.com', 'a.com ', 'a\n.com']) {
  test(refused, 'an authority that would break out of its line', replaced(':authority', value));
}
for (const name of [
  '',
  'X-Upper',
  'conTent-length',
  'x:y',
  ':unknown',
  ':status',
  ':',
  'x y',
  'x\t',
  ' x',
  'x\r\ny',
  'x\n',
  'x\0',
  'x\xe4',
  'x(',
  'x: y\r\ncontent-length: 5\r\nz',
]) {
  test(refused, 'a name that is none', [...GET, [name, 'value']]);
}
for (const value of [
  'a\r\nevil: b',
  'a\rb',
  'a\nb',
  'a\0b',
  '\0',
  '\n',
  ' a',
  'a ',
  '\ta',
  'a\t',
  ' ',
  '\x01',
  '\x7f',
]) {
  test(refused, 'a value that is none', [...GET, ['x-a', value]]);
  test(refused, 'a cookie that is none', [...GET, ['cookie', value]]);
}
for (const field of [
  ['connection', 'close'],
  ['connection', 'x-secret'],
  ['keep-alive', 'timeout=4'],
  ['proxy-connection', 'keep-alive'],
  ['transfer-encoding', 'chunked'],
  ['transfer-encoding', 'identity'],
  ['upgrade', 'websocket'],
] satisfies RawField[]) {
  test(refused, 'a field of a connection', [...GET, field]);
}
for (const value of ['gzip', 'trailers, gzip', 'Trailers', 'trailers;q=1', '']) {
  test(refused, 'te that says more than trailers', [...GET, ['te', value]]);
}
for (const field of GET) test(refused, 'a pseudo-field that comes twice', [...GET, field]);
for (const field of GET)
  test(refused, 'a pseudo-field behind others', [...without(field[0]), ['x', 'y'], field]);
test(refused, 'a pseudo-field that comes twice with two meanings', [[':path', '/a'], ...GET]);
test(refused, 'Host is not :authority', [...GET, ['host', 'b.com']]);
test(refused, 'one of two Hosts is not :authority', [...GET, ['host', 'a.com'], ['host', 'b.com']]);
for (const value of ['+1', '1 1', '1,1', '-1', '0x1', '1e1', '', '9'.repeat(16), '1\r\n']) {
  test(refused, 'a Content-Length that is none', [...GET, ['content-length', value]]);
}
test(refused, 'two Content-Lengths', [...GET, ['content-length', '0'], ['content-length', '0']]);
test(refused, 'a Content-Length of a request that has ended', [...GET, ['content-length', '1']]);
test(refused, 'CONNECT with a path', replaced(':method', 'CONNECT'));
test(refused, 'CONNECT with nobody to connect to', [[':method', 'CONNECT']]);
test(refused, 'CONNECT to what would break out of its line', [
  [':method', 'CONNECT'],
  [':authority', 'a b'],
]);
test(refused, ':protocol of no WebSocket', [...replaced(':method', 'CONNECT'), [':protocol', 'tcp']]);
test(refused, ':protocol of a GET', [...GET, [':protocol', 'websocket']]);

/** What the text's reader has to say where the codec leaves it to it: 400 and 405 are better than a reset. */
const answered = test.macro({
  exec(t, fields: readonly RawField[], fault: keyof typeof HEAD_FAULT) {
    const heard = new HeardSession().receive(GREETING, headers(1, fields));
    t.is(new RequestHead().parse(heard.heard.get(1)?.heads[0] ?? ''), HEAD_FAULT[fault]);
  },
  title: (_, fields, fault) => `S6: answered with ${fault}: ${JSON.stringify(fields)}`,
});

test(answered, without(':authority'), 'host');
test(answered, replaced(':authority', ''), 'host');
test(answered, replaced(':authority', 'a.com, b.com'), 'host');
test(answered, replaced(':authority', 'user@a.com'), 'host');
test(answered, [...without(':authority'), ['host', 'a.com'], ['host', 'a.com']], 'host');
test(answered, replaced(':path', '/a#b'), 'target');
test(
  answered,
  [
    [':method', 'CONNECT'],
    [':authority', 'a.com:80'],
  ],
  'methodRefused',
);
test(answered, replaced(':method', 'TRACE'), 'methodRefused');
test(answered, replaced(':method', 'PRI'), 'method');

/** DATA frames by the length of each, and whether they end the stream. */
const lengths = test.macro({
  exec(t, said: string, sent: readonly number[], isGood: boolean) {
    const heard = new HeardSession().receive(
      GREETING,
      headers(1, [...POST, ['content-length', said]], FLAG.endHeaders),
      ...sent.map((length, at) =>
        data(1, 'x'.repeat(length), at === sent.length - 1 ? FLAG.endStream : FLAG.none),
      ),
    );
    const stream = heard.heard.get(1);
    t.deepEqual(stream?.reset, isGood ? null : { code: PROTOCOL_ERROR, byPeer: false });
    t.is(stream?.hasEnded, isGood);
    // What is more than was said has not been passed on.
    t.true((stream?.body.length ?? 0) <= Number(said));
    t.is(heard.fault, null);
  },
  title: (_, said: string, sent: readonly number[], isGood: boolean) =>
    `S6: Content-Length ${said} with DATA of ${sent.join(' + ')} bytes is ${isGood ? 'taken' : 'reset'}`,
});

test(lengths, '5', [5], true);
test(lengths, '5', [2, 3, 0], true);
test(lengths, '0', [0], true);
test(lengths, '5', [4], false);
test(lengths, '5', [6], false);
test(lengths, '5', [5, 1], false);
test(lengths, '0', [1], false);
test(lengths, '5', [0], false);

test('S6: trailers may not end a body that is shorter than it said', t => {
  const heard = new HeardSession().receive(
    GREETING,
    headers(1, [...POST, ['content-length', '5']], FLAG.endHeaders),
    data(1, 'abc'),
    headers(1, [['x-t', 'y']]),
  );
  t.deepEqual(heard.heard.get(1)?.reset, { code: PROTOCOL_ERROR, byPeer: false });
  t.is(heard.heard.get(1)?.trailers, null);
});

test('S6: trailers with pseudo-fields, fields of a connection or framing are reset', t => {
  for (const field of [
    [':path', '/evil'],
    ['transfer-encoding', 'chunked'],
    ['content-length', '5'],
    ['x\r\ny', 'z'],
  ] satisfies RawField[]) {
    const heard = new HeardSession().receive(
      GREETING,
      headers(1, POST, FLAG.endHeaders),
      headers(1, [field]),
    );
    t.is(heard.heard.get(1)?.trailers, null);
    t.true(heard.heard.get(1)?.stream.isClosed);
  }
});

test('S6: a second head that does not end the stream is reset', t => {
  const heard = new HeardSession().receive(
    GREETING,
    headers(1, POST, FLAG.endHeaders),
    headers(1, GET, FLAG.endHeaders),
  );
  t.deepEqual(heard.heard.get(1)?.reset, { code: PROTOCOL_ERROR, byPeer: false });
  t.is(heard.heard.get(1)?.heads.length, 1);
});

test('S6: cookie crumbs, also such as hide an end of line between them, are one line or none', t => {
  const cookies = (...values: string[]): string | undefined => {
    const fields = values.map((value): RawField => ['cookie', value]);
    return new HeardSession().receive(GREETING, headers(1, [...GET, ...fields])).heard.get(1)?.heads[0];
  };
  t.is(cookies('a=b', 'c=d'), 'GET / HTTP/1.1\r\nhost: a.com\r\ncookie: a=b; c=d\r\n');
  t.true(cookies('a=b\r', '\nEvil: x')?.startsWith('! '));
});

test('S6: bytes behind a request that ended are no second request', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, GET), data(1, 'GET /evil HTTP/1.1\r\n\r\n'));
  t.is(heard.heard.get(1)?.body, '');
  t.is(heard.heard.get(1)?.reset?.code, 5);
});

test('S6: HTTP/1.1 in place of the preface is no HTTP/2', t => {
  const heard = new HeardSession().receive(Buffer.from('GET / HTTP/1.1\r\nHost: a.com\r\n\r\n'));
  t.is(heard.fault?.code, PROTOCOL_ERROR);
  t.deepEqual(heard.goAways(), [[0, PROTOCOL_ERROR]]);
  const late = new HeardSession().receive(GREETING.subarray(0, 24), frame(FRAME.ping, 0, 0, uint32(0, 0)));
  t.is(late.fault?.code, PROTOCOL_ERROR);
});
