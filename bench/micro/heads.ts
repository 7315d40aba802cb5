import { forwardedHead } from '../../router/http1/forwarded-head.ts';
import { HeadReader } from '../../router/http1/head-reader.ts';
import { RequestHead } from '../../router/http1/request-head.ts';
import { ResponseHead } from '../../router/http1/response-head.ts';
import { requestText } from '../load/request-text.ts';
import { compare } from './interleaved.ts';

/** All that a small GET costs in heads, step by step: the first line is the measure of the others. */
const requests = Array.from({ length: 100 }, (_, at) =>
  Buffer.from(requestText('get', `shop-${at % 10}.bench.test`, at < 10), 'latin1'),
);
const texts = requests.map(bytes => bytes.toString('latin1', 0, bytes.length - 2));
const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 07:15:00 GMT\r\n' +
    'Content-Type: text/plain\r\nContent-Length: 105\r\nConnection: keep-alive\r\n\r\n',
  'latin1',
);
const body = 'x'.repeat(105);
const target = Buffer.alloc(8_192);
const reader = new HeadReader();
const requestHead = new RequestHead();
const responseHead = new ResponseHead();
const OWN = {
  peer: {
    lines:
      'X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 29080\r\n',
    address: '127.0.0.1',
    hopScheme: 'http' as const,
    forwardedHost: '',
    forwardedBefore: '',
    localAuthority: '127.0.0.1:29080',
  },
  requestId: '0123456789abcdef0123456789abcdef',
  trackLine: 'x-sluice-track: stable\r\n',
  rewrittenPath: null,
};
const TO = { closes: false, isChunked: false, addedLines: '', dateLine: '', withBody: false };

const read = (at: number): unknown => {
  const bytes = requests[at % requests.length];
  if (bytes !== undefined) reader.append(bytes);
  return reader.next();
};

compare('Heads of a small GET', [
  { name: 'request: held bytes to text', run: read },
  { name: 'request: parse', run: at => requestHead.parse(texts[at % texts.length] ?? '') },
  {
    name: 'request: upstream head, written',
    run: () => target.write(forwardedHead(requestHead, OWN), 'latin1'),
  },
  {
    name: 'answer: text and parse',
    run: () => responseHead.parse(answer.toString('latin1', 0, answer.length - 2)),
  },
  {
    name: 'answer: head for the client, written',
    run: () => target.write(responseHead.forClient(TO) + body, 'latin1'),
  },
]);
