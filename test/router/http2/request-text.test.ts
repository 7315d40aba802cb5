import test from 'ava';
import { FieldSection } from '../../../router/http2/hpack/field-section.ts';
import { headerField } from '../../../router/http2/hpack/header-field.ts';
import { requestText } from '../../../router/http2/request-text.ts';
import { GET, type RawField } from '../../helpers/http2-frames.ts';

const section = (fields: readonly RawField[]): FieldSection => {
  const made = new FieldSection();
  made.begin({ maxBytes: 32_768, maxFields: 100 });
  for (const [name, value] of fields) made.add(headerField(name, value));
  return made;
};

const START = 'GET / HTTP/1.1\r\nhost: a.com\r\n';

const becomes = test.macro({
  exec(t, _: string, fields: readonly RawField[], text: string) {
    const read = requestText(section(fields), true, null);
    t.is(read.kind === 'text' ? read.text : JSON.stringify(read), text);
  },
  title: (_, what) => `${what}`,
});

test(
  becomes,
  'a request is its request line and Host, and its other fields as they came',
  [...GET, ['accept', '*/*'], ['x-a', '']],
  `${START}accept: */*\r\nx-a: \r\n`,
);
test(becomes, 'pseudo-fields may come in any order', [...GET].reverse(), START);
test(
  becomes,
  'cookie crumbs are one Cookie, at the end',
  [...GET, ['cookie', 'a=b'], ['x', 'y'], ['cookie', 'c=d'], ['cookie', 'e=f']],
  `${START}x: y\r\ncookie: a=b; c=d; e=f\r\n`,
);
test(becomes, 'Host may say what :authority says', [...GET, ['host', 'A.com']], START);
test(
  becomes,
  'Host stands in for :authority',
  [...GET.slice(0, 3), ['x', 'y'], ['host', 'b.com']],
  'GET / HTTP/1.1\r\nx: y\r\nhost: b.com\r\n',
);
test(
  becomes,
  'te: trailers and Content-Length go',
  [...GET, ['te', 'trailers'], ['content-length', '0']],
  `${START}te: trailers\r\ncontent-length: 0\r\n`,
);
test(
  becomes,
  'OPTIONS may ask for *',
  [
    [':method', 'OPTIONS'],
    [':scheme', 'https'],
    [':path', '*'],
    [':authority', 'a.com'],
  ],
  'OPTIONS * HTTP/1.1\r\nhost: a.com\r\n',
);
test(
  becomes,
  'CONNECT is a CONNECT, which the reader of the text refuses',
  [
    [':method', 'CONNECT'],
    [':authority', '[::1]:443'],
  ],
  'CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n',
);

const WEB_SOCKET: readonly RawField[] = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'https'],
  [':path', '/chat'],
  [':authority', 'a.com'],
  ['sec-websocket-version', '13'],
  ['sec-websocket-key', 'theirs'],
];

test('an extended CONNECT is an upgrade to a WebSocket, with the key that it is given (RFC 8441)', t => {
  t.deepEqual(requestText(section(WEB_SOCKET), false, 'ours'), {
    kind: 'text',
    text:
      'GET /chat HTTP/1.1\r\nhost: a.com\r\nsec-websocket-version: 13\r\n' +
      'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ours\r\n',
    isWebSocket: true,
    hasLength: false,
  });
});

test('an extended CONNECT that is not offered, or is no WebSocket, is malformed', t => {
  t.is(requestText(section(WEB_SOCKET), false, null).kind, 'malformed');
  for (const [name, value] of [
    [':protocol', 'tcp'],
    [':method', 'GET'],
  ] satisfies RawField[]) {
    const fields = WEB_SOCKET.map((field): RawField => (field[0] === name ? [name, value] : field));
    t.is(requestText(section(fields), false, 'ours').kind, 'malformed');
  }
});

test('it is told whether the length of a body is known', t => {
  const hasLength = (fields: readonly RawField[], endsStream: boolean): unknown => {
    const read = requestText(section(fields), endsStream, null);
    return read.kind === 'text' && read.hasLength;
  };
  t.true(hasLength(GET, true));
  t.false(hasLength(GET, false));
  t.true(hasLength([...GET, ['content-length', '5']], false));
});

test('a section beyond the limits is too large, whatever it says', t => {
  const small = new FieldSection();
  small.begin({ maxBytes: 60, maxFields: 100 });
  for (const [name, value] of GET) small.add(headerField(name, value));
  t.deepEqual(requestText(small, true, null), { kind: 'too-large' });
});
