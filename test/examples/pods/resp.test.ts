import test from 'ava';
import { bulkReply, RespError, takeCommand } from '../../../examples/pods/resp.ts';

const takes = test.macro<[text: string, words: readonly string[], rest?: string]>({
  exec(t, text, words, rest = '') {
    const taken = takeCommand(text, 0);
    t.deepEqual(taken, { words, end: text.length - rest.length });
  },
  title: (_, text, words) => `${JSON.stringify(text)} is ${words.join(' ') || 'nothing'}`,
});

test(takes, 'PING\r\n', ['PING']);
test(takes, '  GET   version \n', ['GET', 'version']);
test(takes, '\r\n', []);
test(takes, 'PING\r\nPING\r\n', ['PING'], 'PING\r\n');
test(takes, '*2\r\n$3\r\nGET\r\n$7\r\nversion\r\n', ['GET', 'version']);
test(takes, '*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n*1\r\n', ['ECHO', 'a\r\nb'], '*1\r\n');
test(takes, '*1\r\n$0\r\n\r\n', ['']);
test(takes, '*0\r\n', []);

test('a command of which a byte is missing is none yet', t => {
  const whole = '*2\r\n$3\r\nGET\r\n$7\r\nversion\r\n';
  for (let length = 0; length < whole.length; length += 1)
    t.is(takeCommand(whole.slice(0, length), 0), null, `${length}`);
  t.is(takeCommand('PING', 0), null);
});

const refuses = test.macro({
  exec(t, text: string) {
    t.throws(() => takeCommand(text, 0), { instanceOf: RespError, message: /^Protocol error: / });
  },
  title: (_, text) => `${JSON.stringify(text)} is refused`,
});

test(refuses, '*-1\r\n');
test(refuses, '*x\r\n');
test(refuses, '*1\r\n$9999999\r\n');
test(refuses, '*65\r\n');
test(refuses, '*1\r\nGET\r\n');

test('what is not there is a bulk reply too', t => {
  t.is(bulkReply('ab'), '$2\r\nab\r\n');
  t.is(bulkReply(undefined), '$-1\r\n');
});
