import test from 'ava';
import fc from 'fast-check';
import { ResponseHead } from '../../../router/http1/response-head.ts';

const TO = { closes: false, isChunked: false, addedLines: '', dateLine: 'Date: now\r\n', withBody: false };

const heads = test.macro({
  exec(t, sent: string, got: string, to: Partial<typeof TO> = {}) {
    const head = new ResponseHead();
    t.is(head.parse(sent), null);
    t.is(head.forClient({ ...TO, ...to }), got);
  },
  title: (title = '') => `an answer's head: ${title}`,
});

test(
  'keeps its bytes and gets a Date',
  heads,
  'HTTP/1.1 200 Fine\r\nA:b\r\nContent-Length: 3\r\n',
  'HTTP/1.1 200 Fine\r\nA:b\r\nContent-Length: 3\r\nDate: now\r\n\r\n',
);
test(
  'keeps its own Date',
  heads,
  'HTTP/1.1 200 OK\r\ndate: then\r\n',
  'HTTP/1.1 200 OK\r\ndate: then\r\n\r\n',
);
test(
  'P3: becomes HTTP/1.1',
  heads,
  'HTTP/1.0 200 OK\r\nDate: then\r\n',
  'HTTP/1.1 200 OK\r\nDate: then\r\n\r\n',
);
test(
  'loses what ends here',
  heads,
  'HTTP/1.1 200 OK\r\nConnection: Foo, close\r\nFoo: 1\r\nKeep-Alive: timeout=5\r\nDate: then\r\nUpgrade: h2c\r\nProxy-Connection: a\r\nB: c\r\n',
  'HTTP/1.1 200 OK\r\nDate: then\r\nB: c\r\n\r\n',
);
test(
  'says its framing, cookies and close',
  heads,
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: then\r\n',
  'HTTP/1.1 200 OK\r\nDate: then\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n',
  { isChunked: true, closes: true, addedLines: 'Set-Cookie: a=b\r\n' },
);
test(
  'P14: 204 has no length',
  heads,
  'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nDate: then\r\n'.replace(
    'Transfer-Encoding: chunked\r\n',
    '',
  ),
  'HTTP/1.1 204 No Content\r\nDate: then\r\n\r\n',
);
test(
  'may have bytes above ASCII in its reason',
  heads,
  'HTTP/1.1 200 \xe9t\xe9\r\nDate: then\r\n',
  'HTTP/1.1 200 \xe9t\xe9\r\nDate: then\r\n\r\n',
);

test('Keep-Alive and Connection say how long the socket lives', t => {
  const head = new ResponseHead();
  head.parse('HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=75\r\n');
  t.is(head.keepAliveSeconds, 75);
  t.true(head.keepsAlive);
  head.parse('HTTP/1.1 200 OK\r\nConnection: foo, CLOSE\r\n');
  t.is(head.keepAliveSeconds, -1);
  t.false(head.keepsAlive);
  head.parse('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n');
  t.false(head.keepsAlive, 'one request a socket with HTTP/1.0');
});

test('any text is parsed or refused, and what is passed on has no bare CR or LF', t => {
  const head = new ResponseHead();
  const piece = fc.constantFrom(
    'A: b\r\n',
    'A : b\r\n',
    'Connection: a, close\r\n',
    '\r',
    '\n',
    '\r\n',
    ' ',
    ':',
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    '\0',
    '\xff',
    'Date: x\r\n',
    'Keep-Alive: timeout=x\r\n',
    'Upgrade: y\r\n',
  );
  fc.assert(
    fc.property(
      fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.0 304\r\n', 'HTTP/1.1 101 S\r\n', 'HTTP/1.1 2'),
      fc.array(piece, { maxLength: 10 }),
      (line, pieces) => {
        if (head.parse(line + pieces.join('')) !== null) return;
        for (const text of [head.forClient(TO), head.interimForClient()]) {
          t.notRegex(text.replaceAll('\r\n', ''), /[\r\n\0]/);
          t.true(text.endsWith('\r\n\r\n'));
          t.is(text.indexOf('\r\n\r\n'), text.length - 4);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a body that came with its head goes on with it, whatever the head loses or gets', t => {
  const body = 'A: b\r\n\r\nbody';
  const line = fc.constantFrom(
    'Connection: keep-alive',
    'Date: then',
    'A: b',
    'Keep-Alive: timeout=5',
    'X: y',
  );
  const to = fc.record({
    closes: fc.boolean(),
    isChunked: fc.constant(false),
    addedLines: fc.constantFrom('', 'Set-Cookie: a=b\r\n'),
    dateLine: fc.constantFrom('', 'Date: now\r\n'),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 200 OK'),
      fc.array(line, { maxLength: 4 }),
      fc.constantFrom('', body),
      to,
      (first, lines, sent, how) => {
        const text = [first, ...lines, `Content-Length: ${sent.length}`].join('\r\n');
        const buffer = Buffer.from(`xx${text}\r\n\r\n${sent}${'y'.repeat(64)}`, 'latin1');
        const end = 2 + text.length + 4 + sent.length;
        const head = new ResponseHead();
        const headEnd = head.parseAt(buffer, 2, end);
        t.is(headEnd, end - sent.length);
        t.is(head.restLength, sent.length);
        const alone = head.forClient({ ...how, withBody: false });
        t.is(head.forClient({ ...how, withBody: true }), alone + sent);
      },
    ),
  );
  const head = new ResponseHead();
  head.parse('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n');
  t.is(head.restLength, -1);
});
