import test from 'ava';
import { OK, sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';
const get = (fields: string, target = '/'): string => `GET ${target} HTTP/1.1\r\n${fields}\r\n`;
const post = (fields: string, body: string): string => `POST / HTTP/1.1\r\n${HOST}${fields}\r\n\r\n${body}`;
/** Behind every refused request: it must be neither answered nor forwarded. */
const NEXT = get(HOST, '/smuggled');

/** Each of them gets that one answer, the connection ends, and the origin sees nothing. */
const refused = test.macro({
  async exec(t, status: number, ...requests: string[]) {
    const bugs = await sentThrough({}, async ({ send, origin }) => {
      for (const request of requests) {
        const passage = await send(request + NEXT);
        t.deepEqual(passage.statuses, [status], JSON.stringify(request.slice(0, 100)));
        t.regex(passage.answer, /\r\nConnection: close\r\n/);
      }
      t.is(origin.connections.length, 0);
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => title,
});

/** Each of these answers costs the client a 502, and its upstream socket is closed. */
const refusedAnswers = test.macro<string[]>({
  async exec(t, ...answers: string[]) {
    for (const answer of answers) {
      const bugs = await sentThrough({ answer }, async ({ send, origin }) => {
        const { statuses } = await send(get(HOST) + get(HOST));
        t.deepEqual(statuses, [502, 502], JSON.stringify(answer));
        for (const peer of origin.connections) await peer.untilClosed();
        t.is(origin.connections.length, 2, 'a second request never meets the first socket');
      });
      t.deepEqual(bugs, []);
    }
  },
  title: (title = '') => title,
});

// RFC 9112 2.2: a recipient MUST parse octets, and take a bare CR for invalid or for SP. Ours: invalid.
test(
  'P1: a bare CR is invalid wherever it stands',
  refused,
  400,
  `GET /\r HTTP/1.1\r\n${HOST}\r\n`,
  `GET / HTTP/1.1\r\r\n${HOST}\r\n`,
  get(`${HOST}A: b\rc\r\n`),
  get(`${HOST}A\r: b\r\n`),
  get(`${HOST}A: b\r\r\n`),
  get(`${HOST}A: b\r X: c\r\n`),
  get(`\r${HOST}`),
);
test('P1: a message is octets: those above 0x7F pass in values as they came, whatever UTF-8 says', async t => {
  const octets = Array.from({ length: 128 }, (_, at) => String.fromCharCode(0x80 + at)).join('');
  await sentThrough({ answer: OK.replace('Date', `X: ${octets}\r\nDate`) }, async ({ send }) => {
    const { answer, requests } = await send(get(`${HOST}A: ${octets}\r\n`));
    t.true(requests[0]?.head.includes(`\r\nA: ${octets}\r\n`));
    t.true(answer.includes(`\r\nX: ${octets}\r\n`));
  });
});

// RFC 9112 2.2: white space between the start-line and the first field MUST be rejected, or its lines ignored.
test(
  'P2: white space before the first field is refused',
  refused,
  400,
  get(` ${HOST}`),
  get(`\t${HOST}`),
  get(` \r\n${HOST}`),
  get(` X: y\r\n${HOST}`),
);

// RFC 9110 2.5, 7.6: an intermediary MUST send its own version.
test('P3: both sides get our own HTTP-version', async t => {
  await sentThrough({ answer: OK.replace('HTTP/1.1', 'HTTP/1.0') }, async ({ send }) => {
    for (const version of ['1.0', '1.1']) {
      const { answer, requests } = await send(`GET / HTTP/${version}\r\n${HOST}\r\n`);
      t.regex(answer, /^HTTP\/1\.1 200 OK\r\n/);
      t.regex(requests[0]?.head ?? '', /^GET \/ HTTP\/1\.1\r\n/);
    }
  });
});
// RFC 9110 2.5 lets a higher minor version pass as 1.1; ours, as strict llhttp: 505.
test(
  'P3: another version is not guessed at',
  refused,
  505,
  `GET / HTTP/1.2\r\n${HOST}\r\n`,
  `GET / HTTP/2.0\r\n${HOST}\r\n`,
);

// RFC 9112 3: a target longer than any that is wished MUST be answered with 414; 8000 octets are the least.
test('P4: a target over 16 KiB is 414', refused, 414, get(HOST, `/${'a'.repeat(16_384)}`));
test('P4: a target of 16 KiB passes', async t => {
  await sentThrough({}, async ({ send }) => {
    const target = `/${'a'.repeat(16_383)}`;
    t.is((await send(get(HOST, target))).requests[0]?.head.split(' ')[1], target);
  });
});

// RFC 9112 3.2: lacking, several or an invalid Host MUST be answered with 400.
test(
  'P5: Host missing, twice or invalid is 400',
  refused,
  400,
  get(''),
  get('Host:\r\n'),
  get(HOST + HOST),
  get(`${HOST}host: b.com\r\n`),
  ...[
    'a b',
    'a,b',
    'a/b',
    'a?b',
    'a#b',
    'u@a.com',
    'a:b',
    'a:65536',
    '[::1',
    '[::g]',
    'a\\b',
    'a"b',
    '\xe9',
  ].map(host => get(`Host: ${host}\r\n`)),
  get(HOST, 'http://b c/'),
  get(HOST, 'http://u:p@b/'),
  get('', 'http://a.com/'),
);

// RFC 9112 3.2.2: a proxy that gets an absolute-form MUST ignore the received Host and replace it.
test('P6: the authority of an absolute form decides, and replaces Host', async t => {
  const hosts: string[] = [];
  const decide = ({ host }: { readonly host: string }): undefined => {
    hosts.push(host);
    return undefined;
  };
  await sentThrough({ decide }, async ({ send }) => {
    const { requests } = await send(get('Host: other.com\r\n', 'http://A.com:80/x?y'));
    t.deepEqual(hosts, ['a.com']);
    const head = requests[0]?.head ?? '';
    t.regex(head, /^GET \/x\?y HTTP\/1\.1\r\n/);
    t.deepEqual(head.match(/^host: .*$/gim), ['Host: A.com:80']);
    t.notRegex(head, /other/);
  });
});

// RFC 9112 5.1: white space before a colon MUST be a 400 in a request, and MUST be taken out of an answer.
test(
  'P7: white space before a colon is 400',
  refused,
  400,
  get(`${HOST}A : b\r\n`),
  get('Host : a.com\r\n'),
  get(`${HOST}A\t: b\r\n`),
  post('Content-Length : 5', 'hello'),
);
test('P7: white space before a colon is taken out of an answer', async t => {
  await sentThrough({ answer: OK.replace('Date:', 'A \t: b\r\nDate :') }, async ({ send }) => {
    t.is((await send(get(HOST))).answer, OK.replace('Date:', 'A: b\r\nDate:'));
  });
});

// RFC 9112 5.2: a folded line MUST be a 400 or become SP in a request, a 502 or SP in an answer. Ours: never SP.
test(
  'P8: a folded line is 400',
  refused,
  400,
  get(`${HOST}A: b\r\n c\r\n`),
  get(`${HOST}A: b\r\n\tc\r\n`),
  get(`Host:\r\n a.com\r\n`),
  post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'),
);
test(
  'P8: a folded line in an answer is 502',
  refusedAnswers,
  OK.replace('now', 'now\r\n then'),
  OK.replace('Length: 2', 'Length:\r\n\t2'),
);

// RFC 9112 6.1, 6.3: chunked MUST NOT be applied twice; both fields at once is smuggling. Ours: always 400 and close, as strict llhttp.
test(
  'P9: Transfer-Encoding with Content-Length, or chunked twice, is 400',
  refused,
  400,
  post('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'),
  post('Content-Length: 0\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n'),
  post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
);
test(
  'P9: an answer with both, or chunked twice, is 502',
  refusedAnswers,
  OK.replace('\r\n\r\nok', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
);

// RFC 9112 6.3: where chunked is not the final coding of a request, the server MUST answer 400 and close.
test(
  'P10: chunked that is not final is 400',
  refused,
  400,
  ...[
    'chunked, gzip',
    'gzip',
    'identity',
    'xchunked',
    'chunked;q=1',
    'chunked,',
    'chunked\t',
    '"chunked"',
    '',
  ].map(coding => post(`Transfer-Encoding: ${coding}`, '0\r\n\r\n')),
);
// RFC 9112 6.1: a coding that is not understood SHOULD be 501.
test(
  'P10: an unknown coding below chunked is 501',
  refused,
  501,
  post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
);

// RFC 9112 6.3: an invalid Content-Length MUST be a 400 and close; from a backend the connection MUST be closed and 502 sent.
// A list of equal lengths may be repaired; ours: refused.
const BAD_LENGTHS = [
  '',
  '-2',
  '+2',
  '2 2',
  '2,2',
  '2, 2',
  '2;',
  '0x2',
  '2.0',
  '2e0',
  '\xb2',
  '99999999999999999999',
];
test(
  'P11: an invalid Content-Length is 400',
  refused,
  400,
  ...BAD_LENGTHS.map(length => post(`Content-Length: ${length}`, 'ok')),
  post('Content-Length: 2\r\nContent-Length: 2', 'ok'),
  post('Content-Length: 2\r\ncontent-length: 3', 'oki'),
);
test(
  'P11: an invalid Content-Length in an answer is 502',
  refusedAnswers,
  ...BAD_LENGTHS.map(length => OK.replace('Length: 2', `Length: ${length}`)),
  OK.replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\n'),
);

// RFC 9112 6.1: HTTP/1.0 with Transfer-Encoding MUST be treated as if the framing is faulty, and the connection closed.
test(
  'P12: HTTP/1.0 with Transfer-Encoding is 400',
  refused,
  400,
  `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
);
test(
  'P12: an HTTP/1.0 answer with Transfer-Encoding is 502',
  refusedAnswers,
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
);
