import test from 'ava';
import { type ErrorAnswer, errorAnswer } from '../../../router/exchange/error-page.ts';

const ANSWER: ErrorAnswer = {
  status: 502,
  code: 'ConnectFailed',
  reason: 'No connection.',
  requestId: 'id-1',
  isJson: false,
  withoutBody: false,
  closes: false,
  dateLine: 'Date: now\r\n',
  mintedLines: '',
  lines: '',
};

test('an error answer is exactly this', t => {
  const body = '502 Bad Gateway: No connection.\ncode: ConnectFailed\nrequest id: id-1\n';
  t.is(
    errorAnswer(ANSWER),
    `HTTP/1.1 502 Bad Gateway\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
});

test('JSON, close, cookies and HEAD', t => {
  const text = errorAnswer({
    ...ANSWER,
    isJson: true,
    closes: true,
    mintedLines: 'Set-Cookie: a=b\r\n',
    withoutBody: true,
  });
  const whole = errorAnswer({ ...ANSWER, isJson: true });
  const body = whole.slice(whole.indexOf('{'));
  t.deepEqual(JSON.parse(body), {
    status: 502,
    code: 'ConnectFailed',
    reason: 'No connection.',
    requestId: 'id-1',
  });
  t.is(
    text,
    `HTTP/1.1 502 Bad Gateway\r\nDate: now\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n`,
  );
});

test('a 405 says what is allowed, and a reason beyond ASCII is counted in bytes', t => {
  t.regex(errorAnswer({ ...ANSWER, status: 405 }), /\r\nAllow: GET, /);
  const text = errorAnswer({ ...ANSWER, reason: 'é' });
  t.true(text.endsWith('\xc3\xa9\ncode: ConnectFailed\nrequest id: id-1\n'));
});
