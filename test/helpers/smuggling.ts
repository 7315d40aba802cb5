/** Bytes that smuggler puts at each spot of a header line: controls, DEL and everything above ASCII. */
const ODD_BYTES: readonly string[] = [
  ...Array.from({ length: 0x1f }, (_, at) => 0x01 + at),
  ...Array.from({ length: 0x81 }, (_, at) => 0x7f + at),
].map(code => String.fromCharCode(code));

const NAMED: readonly string[] = [
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding\t:\tchunked',
  'Transfer Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer Encoding:chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: chunked, cow',
  'Transfer-Encoding: cow, chunked',
  'Content-Encoding: chunked',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunk',
  'TrAnSFer-EnCODinG: cHuNkeD',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding: chunked\r',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked',
  'Transfer\r-Encoding: chunked',
  'Transfer-Encoding: cow chunked bar',
  'Transfer-Encoding:\xffchunked',
  'Transfer-Encoding: ch\x96nked',
  'Transf\x82r-Encoding: chunked',
  'X:X\rTransfer-Encoding: chunked',
  'X:X\nTransfer-Encoding: chunked',
];

/** The 668 disguises of `Transfer-Encoding: chunked` of smuggler's exhaustive list. */
export const TE_MUTATIONS: readonly string[] = [
  ...NAMED,
  ...ODD_BYTES.flatMap(odd => [
    `Transfer-Encoding:${odd}chunked`,
    `Transfer-Encoding${odd}: chunked`,
    `${odd}Transfer-Encoding: chunked`,
    `Transfer-Encoding: chunked${odd}`,
  ]),
];

const HOST = 'Host: a.com\r\n';
/** What an attacker hides. */
export const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

const post = (fields: string, body: string): string =>
  `POST /front HTTP/1.1\r\n${HOST}${fields}\r\n\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked', body);
const hidden = SMUGGLED.length.toString(16);

/** CL.TE: whoever believes the length takes all for one body, whoever sees chunks finds a second request behind them. */
export const clTe = (mutation: string): string =>
  post(`${mutation}\r\nContent-Length: ${SMUGGLED.length + 5}`, `0\r\n\r\n${SMUGGLED}`);

/** TE.CL: whoever sees chunks takes all for one body, whoever believes the length finds a second request inside. */
export const teCl = (mutation: string): string =>
  post(`Content-Length: ${hidden.length + 2}\r\n${mutation}`, `${hidden}\r\n${SMUGGLED}\r\n0\r\n\r\n`);

/** A payload, and whether one request may pass. */
export type Payload = readonly [what: string, bytes: string, mayPass?: 'may pass'];

/** What servers have been led astray with: lengths, chunks, lines. Nothing of a body is ever a request. */
export const SERVER_PAYLOADS: readonly Payload[] = [
  ['a signed length', post('Content-Length: +5', `hello${SMUGGLED}`)],
  ['a negative length', post('Content-Length: -5', SMUGGLED)],
  ['an empty length', post('Content-Length: ', SMUGGLED)],
  ['a length of blanks', post('Content-Length: \t ', SMUGGLED)],
  ['a hex length', post('Content-Length: 0x0', SMUGGLED)],
  ['a hex digit in a length', post('Content-Length: 1a', SMUGGLED)],
  ['a length with an exponent', post('Content-Length: 0e5', SMUGGLED)],
  ['a fraction', post('Content-Length: 0.0', SMUGGLED)],
  ['a length with an underscore', post('Content-Length: 0_5', SMUGGLED)],
  ['blanks in a length', post('Content-Length: 0 5', `hello${SMUGGLED}`)],
  ['a list of lengths', post('Content-Length: 0, 5', `hello${SMUGGLED}`)],
  ['a list of equal lengths', post('Content-Length: 5, 5', `hello${SMUGGLED}`)],
  ['a length with a comma behind', post('Content-Length: 5,', `hello${SMUGGLED}`)],
  ['a length with a semicolon', post('Content-Length: 0;5', SMUGGLED)],
  ['a length with NUL', post('Content-Length: 5\0', `hello${SMUGGLED}`)],
  ['a length with a vertical tab', post('Content-Length: \x0b5', `hello${SMUGGLED}`)],
  ['a length with a no-break space', post('Content-Length: \xa05', `hello${SMUGGLED}`)],
  ['a length of another script', post('Content-Length: \xb5', `hello${SMUGGLED}`)],
  ['a length past 2^64', post('Content-Length: 18446744073709551616', SMUGGLED)],
  ['a length past 2^53', post('Content-Length: 9007199254740993', SMUGGLED)],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 5', `hello${SMUGGLED}`)],
  ['two equal lengths', post('Content-Length: 5\r\nContent-Length: 5', `hello${SMUGGLED}`)],
  ['two lengths by case', post('Content-Length: 0\r\ncontent-length: 5', `hello${SMUGGLED}`)],
  ['a length with a blank before the colon', post('Content-Length : 5', `hello${SMUGGLED}`)],
  ['a length on a folded line', post('Content-Length:\r\n 5', `hello${SMUGGLED}`)],
  ['a length behind a bare CR', post('X: y\rContent-Length: 5', `hello${SMUGGLED}`)],
  ['a length behind a bare LF', post('X: y\nContent-Length: 5', `hello${SMUGGLED}`)],
  ['a length behind NUL', post('X: y\0\r\nContent-Length: 5', `hello${SMUGGLED}`)],
  ['a chunk size past 2^64', chunked(`10000000000000000\r\n${SMUGGLED}`)],
  ['a chunk size that wraps', chunked(`ffffffffffffffff\r\n${SMUGGLED}`)],
  ['a chunk size with zeros to its limit', chunked(`${'0'.repeat(30)}5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['a signed chunk size', chunked(`+0\r\n\r\n${SMUGGLED}`)],
  ['a negative chunk size', chunked(`-0\r\n\r\n${SMUGGLED}`)],
  ['a hex chunk size', chunked(`0x0\r\n\r\n${SMUGGLED}`)],
  ['an empty chunk size', chunked(`\r\n\r\n${SMUGGLED}`)],
  ['a blank before a chunk size', chunked(` 0\r\n\r\n${SMUGGLED}`)],
  ['a blank behind a chunk size', chunked(`0 \r\n\r\n${SMUGGLED}`)],
  ['a tab behind a chunk size', chunked(`5\t\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['no hex digit', chunked(`5g\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['a chunk line that ends in LF', chunked(`5\nhello\n0\n\n${SMUGGLED}`)],
  ['a chunk line that ends in CR', chunked(`5\rhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['an extension that ends in LF', chunked(`5;a\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['an extension with CRLF in quotes', chunked(`5;a="\r\nhello\r\n0\r\n\r\n"\r\n${SMUGGLED}`)],
  ['an extension with LF in quotes', chunked(`5;a="\n"\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['an extension with NUL', chunked(`5;\0\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['an extension without a name', chunked(`5;\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)],
  ['chunk data longer than its size', chunked(`5\r\nhellox\r\n0\r\n\r\n${SMUGGLED}`)],
  ['two bytes in place of a CRLF', chunked(`5\r\nhelloXX0\r\n\r\n${SMUGGLED}`)],
  ['LF behind chunk data', chunked(`5\r\nhello\n0\r\n\r\n${SMUGGLED}`)],
  ['a last chunk that ends in LF', chunked(`0\r\n\n${SMUGGLED}`)],
  ['a length as a trailer', chunked(`0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`)],
  ['a coding as a trailer', chunked(`0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`)],
  ['a request line as a trailer', chunked(`0\r\n${SMUGGLED}\r\n`)],
  ['a folded trailer', chunked(`0\r\nX: y\r\n z\r\n\r\n${SMUGGLED}`)],
  ['a FIN before the bytes of a length', post('Content-Length: 500', SMUGGLED)],
  ['a FIN before the end of chunks', chunked(`fff\r\n${SMUGGLED}`)],
  ['HTTP/1.0 with chunks', chunked(`0\r\n\r\n${SMUGGLED}`).replace('HTTP/1.1', 'HTTP/1.0')],
  ['lines that end in LF', `GET /front HTTP/1.1\nHost: a.com\n\n${SMUGGLED}`],
  ['a head that ends in LF', `GET /front HTTP/1.1\r\n${HOST}\n${SMUGGLED}`],
  ['NUL in a name', post('X\0: y', SMUGGLED)],
  ['NUL in the target', `GET /front\0 HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`],
  ['a second version', `GET /front HTTP/1.1 HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`],
  ['no version', `GET /front\r\n${HOST}\r\n${SMUGGLED}`],
];

/** What proxies have been led astray with: what they take away, add, or leave to the next hop. */
export const PROXY_PAYLOADS: readonly Payload[] = [
  [
    'a Connection that takes the length away',
    post('Connection: content-length\r\nContent-Length: 5', `hello${SMUGGLED}`),
  ],
  [
    'a Connection that takes the coding away',
    chunked(`0\r\n\r\n${SMUGGLED}`).replace(HOST, `${HOST}Connection: Transfer-Encoding\r\n`),
  ],
  ['a Connection that takes Host away', post('Connection: close, host', SMUGGLED)],
  [
    'a length spelled for CGI',
    post(`Content_Length: 0\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
    'may pass',
  ],
  [
    'a coding spelled for CGI',
    post(`Transfer_Encoding: chunked\r\nContent-Length: ${SMUGGLED.length + 5}`, `0\r\n\r\n${SMUGGLED}`),
    'may pass',
  ],
  ['TE', post(`TE: chunked\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED), 'may pass'],
  ['a body on GET', post(`Content-Length: ${SMUGGLED.length}`, SMUGGLED).replace('POST', 'GET'), 'may pass'],
  [
    'a body on HEAD',
    post(`Content-Length: ${SMUGGLED.length}`, SMUGGLED).replace('POST', 'HEAD'),
    'may pass',
  ],
  [
    'a body on DELETE, in chunks',
    chunked(`${hidden}\r\n${SMUGGLED}\r\n0\r\n\r\n`).replace('POST', 'DELETE'),
    'may pass',
  ],
  [
    'a body on OPTIONS',
    post(`Content-Length: ${SMUGGLED.length}`, SMUGGLED).replace('POST', 'OPTIONS'),
    'may pass',
  ],
  [
    'an upgrade with a body',
    post(`Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
    'may pass',
  ],
  [
    'an upgrade with chunks',
    chunked(`${hidden}\r\n${SMUGGLED}\r\n0\r\n\r\n`).replace(
      HOST,
      `${HOST}Connection: Upgrade\r\nUpgrade: x\r\n`,
    ),
    'may pass',
  ],
  [
    'h2c with a body',
    post(
      `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Length: ${SMUGGLED.length}`,
      SMUGGLED,
    ),
    'may pass',
  ],
  [
    '100-continue with the body at once',
    post(`Expect: 100-continue\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
    'may pass',
  ],
  ['another expectation', post(`Expect: x\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED), 'may pass'],
  [
    'a method override',
    post(`X-HTTP-Method-Override: GET\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
    'may pass',
  ],
  ['CONNECT', `CONNECT a.com:80 HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`],
  ['CONNECT to a path', `CONNECT /front HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello${SMUGGLED}`],
  ['TRACE with a body', post('Content-Length: 5', `hello${SMUGGLED}`).replace('POST', 'TRACE')],
  ['the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
  ['an absolute form of another scheme', `GET ftp://a.com/ HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`],
  ['CRLF in percent in the target', `GET /front%0d%0aX:%20y HTTP/1.1\r\n${HOST}\r\n`, 'may pass'],
  ['CRLF in percent in Host', `GET /front HTTP/1.1\r\nHost: a.com%0d%0aX: y\r\n\r\n${SMUGGLED}`],
  ['two Hosts', `GET /front HTTP/1.1\r\n${HOST}Host: b.com\r\n\r\n${SMUGGLED}`],
  ['a blank in Host', `GET /front HTTP/1.1\r\nHost: a.com b.com\r\n\r\n${SMUGGLED}`],
  [
    'close with a request behind',
    `GET /front HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n${SMUGGLED}`,
    'may pass',
  ],
  [
    'HTTP/1.0 with a request behind',
    `GET /front HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${SMUGGLED}`,
    'may pass',
  ],
  [
    'a field named like an object',
    post(`__proto__: x\r\nconstructor: y\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
    'may pass',
  ],
];
