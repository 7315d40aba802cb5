import type { SeededRandom } from './seeded-random.ts';

/** The bytes of one client connection (latin1), and where they are cut into writes. */
export type FuzzInput = { readonly bytes: string; readonly cuts: readonly number[] };

const METHODS =
  'GET GET GET GET POST POST POST PUT HEAD OPTIONS DELETE PATCH QUERY M-SEARCH CONNECT TRACE FOO get'.split(
    ' ',
  );
const TARGETS = [
  ...['/', '/', '/a?b=c', '/a/../b', '/%61/%2e%2E/c', '/a%2Fb', '//x', '/?', '/a;b', '*', '/..;/a'],
  ...[
    'http://a.com/x',
    'http://a.com',
    'HTTPS://b:1/?q',
    'http://u@a/',
    '/a#b',
    '/a%00',
    '/\x80',
    '/a b',
    'a',
    '',
  ],
];
const VERSIONS = [
  ...Array<string>(60).fill('HTTP/1.1'),
  'HTTP/1.0',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.1 ',
  '',
];
const HOSTS = [...Array<string>(50).fill('a.com'), 'a.com:80', '[::1]', 'a,b', '', 'a b', 'a@b', '\x80'];
const NAMES = [
  ...[
    'Accept',
    'X-A',
    'foo',
    'Cookie',
    'Connection',
    'Connection',
    'Upgrade',
    'TE',
    'Expect',
    'Via',
    'Max-Forwards',
  ],
  ...[
    'X-Forwarded-For',
    'x_sluice_track',
    'Forwarded',
    'X-Request-Id',
    'Content_Length',
    'Keep-Alive',
    'Trailer',
    'Date',
  ],
  ...['Transfer-Encoding', 'Content-Length', 'Host', '__proto__', 'a b', 'a:', '', 'X-A '],
];
const VALUES = [
  ...[
    '',
    'b',
    ' b ',
    '"q, r"',
    'close',
    'keep-alive',
    'Upgrade',
    'Upgrade, foo',
    'foo',
    'host',
    'websocket',
    'h2c',
  ],
  ...[
    '100-continue',
    'trailers',
    'chunked',
    '1',
    '0',
    '1.1 sluice',
    'a=b; c=d',
    '\xe9\x80\xff',
    '\t',
    'gzip, chunked',
  ],
];
const CODINGS = [
  'Chunked',
  'chunked ',
  'gzip, chunked',
  'chunked, chunked',
  'identity',
  'chunked\x0b',
  '\x0bchunked',
  ' \tchunked',
  'xchunked',
  'chunked,',
  '',
];
const LENGTHS = [
  '+5',
  '-1',
  '0x5',
  '5,5',
  '5 5',
  '005',
  '99999999999999999999',
  '4294967301',
  '5\t',
  '',
  '5.0',
];
const BODIES = [
  '',
  'a',
  'hello',
  'GET /smuggled HTTP/1.1\r\nHost: a.com\r\n\r\n',
  '0\r\n\r\n',
  '\r\n\r\n',
  '\0\xff\x80',
];
const EXTENSIONS = [
  '',
  '',
  '',
  '',
  ';a',
  ';a=b',
  ';a="b;c"',
  ';a="\\""',
  ';',
  ';=',
  ';a="\r\n"',
  ' ',
  '\t;a',
];
const TRAILERS = [
  '',
  '',
  '',
  '',
  'T: 1\r\n',
  'Cookie: x\r\n',
  'Content-Length: 1\r\n',
  'T : 1\r\n',
  ' T: 1\r\n',
  'T: 1\n',
];

/** What edits put in: bytes and words that parsers have disagreed on. */
const NASTY = [
  ...['\r', '\n', '\r\n', '\r\r\n', '\n\n', ' ', '\t', '\0', '\x0b', '\x0c', '\x7f', '\x80', '\xa0', '\xff'],
  ...[':', ';', ',', '"', '\\', '=', '%', '#', '?', '/', '@', '0', '1', 'f', 'g', '+', '-', 'X', '_'],
  ...[
    'chunked',
    'HTTP/1.0',
    'HTTP/1.1',
    'Content-Length: 3\r\n',
    'Content-Length : 3\r\n',
    'content-length:\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding:\r\n chunked\r\n',
    'Transfer-Encoding\r\n : chunked\r\n',
  ],
  ...[
    'Host: b\r\n',
    ' folded\r\n',
    '0\r\n\r\n',
    '5\r\n',
    '3;x="\r\n',
    'fffffffffffffffff\r\n',
    'GET / HTTP/1.1\r\n',
    '\r\n\r\n',
  ],
];

const fieldLines = (random: SeededRandom): string =>
  random
    .list(4, () => {
      const value = random.pick(VALUES);
      // Mostly what passes: a field that refuses everything would hide what comes behind it.
      const name = random.chance(93) ? random.pick(NAMES.slice(0, 19)) : random.pick(NAMES);
      return `${name}:${random.chance(90) ? ' ' : ''}${value}\r\n`;
    })
    .join('');

const chunkedBody = (random: SeededRandom): string => {
  const chunks = random.list(3, () => {
    const data = random.pick(BODIES);
    const size = data.length.toString(16);
    const written = random.chance(95)
      ? size
      : random.pick([`0${size}`, size.toUpperCase(), `${size} `, `0x${size}`, '-1', '']);
    return data === '' ? '' : `${written}${random.pick(EXTENSIONS)}\r\n${data}\r\n`;
  });
  return `${chunks.join('')}0${random.pick(EXTENSIONS)}\r\n${random.pick(TRAILERS)}\r\n`;
};

/** Framing fields with the body that belongs to them, or in a few cases does not. */
const framed = (random: SeededRandom): readonly [fields: string, body: string] => {
  const kind = random.below(100);
  if (kind < 45) return ['', ''];
  if (kind < 70) {
    const body = random.chance(97) ? random.pick(BODIES) : 'x'.repeat(random.below(40_000));
    return [`Content-Length: ${body.length}\r\n`, body];
  }
  if (kind < 93) return ['Transfer-Encoding: chunked\r\n', chunkedBody(random)];
  if (kind < 95) return [`Content-Length: ${random.pick(LENGTHS)}\r\n`, 'hello'];
  if (kind < 97) return [`Transfer-Encoding: ${random.pick(CODINGS)}\r\n`, chunkedBody(random)];
  return [
    `Content-Length: ${random.below(9)}\r\nTransfer-Encoding: ${random.pick(CODINGS)}\r\n`,
    chunkedBody(random),
  ];
};

const request = (random: SeededRandom): string => {
  const [framing, body] = framed(random);
  const target = random.chance(99)
    ? random.pick(random.chance(70) ? TARGETS.slice(0, 9) : TARGETS)
    : `/${'a'.repeat(16_380 + random.below(8))}`;
  const host = random.chance(97) ? `Host: ${random.pick(HOSTS)}\r\n` : '';
  const fields = [host, fieldLines(random), framing];
  const ordered = random.chance(70) ? fields : [fields[2], fields[1], fields[0]];
  const method = random.chance(80) ? random.pick(METHODS.slice(0, 14)) : random.pick(METHODS);
  return `${method} ${target} ${random.pick(VERSIONS)}\r\n${ordered.join('')}\r\n${body}`;
};

const edited = (random: SeededRandom, text: string): string => {
  const at = random.below(text.length + 1);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random.below(6));
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + text.slice(at, at + random.below(40)).repeat(2) + text.slice(at);
    case 3:
      return text.slice(0, at);
    default:
      return (
        text.slice(0, at) + random.pick(NASTY) + text.slice(at + (random.chance(50) ? 0 : random.below(4)))
      );
  }
};

/** One connection's worth of requests: by the grammar, then in most cases mutated, then cut. */
export const generatedInput = (random: SeededRandom): FuzzInput => {
  const count = random.chance(60) ? 1 : 2 + random.below(3);
  let bytes = Array.from({ length: count }, () => request(random)).join(random.chance(95) ? '' : '\r\n');
  const edits = random.chance(45) ? 0 : 1 + random.below(4);
  for (let edit = 0; edit < edits; edit += 1) bytes = edited(random, bytes);
  if (random.chance(1))
    return { bytes, cuts: Array.from({ length: Math.min(80, bytes.length) }, (_, at) => at) };
  const cuts = [...random.list(3, () => random.below(bytes.length + 1))].sort((a, b) => a - b);
  return { bytes, cuts: random.chance(60) ? [] : cuts };
};
