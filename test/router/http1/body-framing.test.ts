import test from 'ava';
import { BodyFraming, FRAMING, type Framing } from '../../../router/http1/body-framing.ts';

type Row = {
  readonly framing: Framing;
  readonly length?: number;
  readonly pieces: readonly string[];
  readonly out: string;
  readonly left: string;
};

const rows = test.macro({
  exec(t, { framing, length = 0, pieces, out, left }: Row) {
    const body = new BodyFraming();
    let text = '';
    const sink = {
      bodyBytes: (buffer: Buffer, start: number, end: number) => {
        text += buffer.toString('latin1', start, end);
      },
      bodyText: (added: string) => {
        text += added;
      },
    };
    // Twice: nothing of one message may show in the next.
    for (let round = 0; round < 2; round += 1) {
      text = '';
      let rest = '';
      body.begin(framing, length);
      for (const piece of pieces) {
        const buffer = Buffer.from(`--${piece}`, 'latin1');
        rest += piece.slice(body.take(buffer, 2, buffer.length, sink) - 2);
      }
      if (body.isUntilClose) {
        t.false(body.done);
        body.end(sink);
      }
      t.is(text, out);
      t.is(rest, left);
      t.true(body.done);
      t.false(body.failed);
    }
  },
  title: (title = '') => `a body ${title}`,
});

test('that is none takes nothing', rows, {
  framing: FRAMING.none,
  pieces: ['GET /'],
  out: '',
  left: 'GET /',
});
test('of a length ends there', rows, {
  framing: FRAMING.length,
  length: 5,
  pieces: ['he', '', 'lloGET', ' /'],
  out: 'hello',
  left: 'GET /',
});
test('of length 0 takes nothing', rows, {
  framing: FRAMING.length,
  length: 0,
  pieces: ['x'],
  out: '',
  left: 'x',
});
test('in chunks ends with its last chunk', rows, {
  framing: FRAMING.chunked,
  pieces: ['5\r\nhel', 'lo\r\n0\r\n\r', '\nGET'],
  out: '5\r\nhello\r\n0\r\n\r\n',
  left: 'GET',
});
test('in chunks can be passed on as data', rows, {
  framing: FRAMING.dechunked,
  pieces: ['5\r\nhel', 'lo\r\n0\r\n\r', '\nGET'],
  out: 'hello',
  left: 'GET',
});
test('until close is all there is', rows, {
  framing: FRAMING.untilClose,
  pieces: ['a', '', 'b'],
  out: 'ab',
  left: '',
});
test('until close can be passed on in chunks', rows, {
  framing: FRAMING.rechunked,
  pieces: ['a', '', 'bcdefghijklmnopq'],
  out: '1\r\na\r\n10\r\nbcdefghijklmnopq\r\n0\r\n\r\n',
  left: '',
});

const textSink = () => {
  const sink = {
    text: '',
    bodyBytes: (buffer: Buffer, start: number, end: number) => {
      sink.text += buffer.toString('latin1', start, end);
    },
    bodyText: (added: string) => {
      sink.text += added;
    },
  };
  return sink;
};

for (const framing of [FRAMING.untilClose, FRAMING.rechunked, FRAMING.chunked, FRAMING.dechunked]) {
  test(`no more comes than the limit where nothing tells the length: framing ${framing}`, t => {
    const body = new BodyFraming();
    const sink = textSink();
    body.begin(framing, 0);
    body.limitTo(5);
    const isChunked = framing === FRAMING.chunked || framing === FRAMING.dechunked;
    const piece = (text: string): Buffer =>
      Buffer.from(isChunked ? `${text.length.toString(16)}\r\n${text}\r\n` : text, 'latin1');
    const take = (text: string): void => {
      const bytes = piece(text);
      body.take(bytes, 0, bytes.length, sink);
    };
    take('hello');
    t.false(body.failed);
    t.regex(sink.text, /hello/);
    take('!');
    t.true(body.failed);
    t.true(body.isTooLarge);
    t.notRegex(sink.text, /!/);
    body.begin(framing, 0);
    t.false(body.failed, 'the limit is of one message');
  });
}

test('trailers of a body that is passed on as data are told apart, those that may pass', t => {
  const body = new BodyFraming();
  const sink = textSink();
  body.begin(FRAMING.dechunked, 0);
  const bytes = Buffer.from('2\r\nhi\r\n0\r\nGrpc-Status: 0\r\nSet-Cookie: a=b\r\n\r\n', 'latin1');
  body.take(bytes, 0, bytes.length, sink);
  t.true(body.done);
  t.is(sink.text, 'hi');
  t.is(body.trailers, 'Grpc-Status: 0\r\n');
  body.begin(FRAMING.dechunked, 0);
  t.is(body.trailers, '');
});

test('trailers can end a body that is passed on in chunks', t => {
  const body = new BodyFraming();
  const sink = textSink();
  body.begin(FRAMING.rechunked, 0);
  body.end(sink, 'Grpc-Status: 0\r\n');
  t.is(sink.text, '0\r\nGrpc-Status: 0\r\n\r\n');
});
