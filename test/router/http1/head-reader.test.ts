import test from 'ava';
import { HEAD_FAULT } from '../../../router/http1/head-fault.ts';
import { HeadReader } from '../../../router/http1/head-reader.ts';

const HEAD = 'GET /a HTTP/1.1\r\nHost: a.com\r\nA: \r\n';

test('a head is found wherever it is cut, and what follows it is kept', t => {
  const input = `\r\n${HEAD}\r\nbody`;
  for (let first = 0; first <= input.length; first += 1) {
    for (let second = first; second <= input.length; second += 7) {
      const reader = new HeadReader();
      let head: unknown = null;
      for (const piece of [input.slice(0, first), input.slice(first, second), input.slice(second)]) {
        if (piece === '') continue;
        reader.append(Buffer.from(piece, 'latin1'));
        head ??= reader.next();
      }
      t.is(head, HEAD, `cut at ${first} and ${second}`);
      t.is(reader.take().toString('latin1'), 'body');
      t.is(reader.held, null);
    }
  }
});

test('one head after the other', t => {
  const reader = new HeadReader();
  reader.append(Buffer.from(`${HEAD}\r\n`.repeat(3), 'latin1'));
  t.deepEqual([reader.next(), reader.next(), reader.next(), reader.next()], [HEAD, HEAD, HEAD, null]);
  t.false(reader.isPartial);
});

const faults = test.macro({
  exec(t, start: string, fault: keyof typeof HEAD_FAULT) {
    const reader = new HeadReader();
    reader.append(Buffer.from(start, 'latin1'));
    t.is(reader.next(), HEAD_FAULT[fault]);
  },
  title: (_, start, fault) =>
    `the start ${JSON.stringify(start).slice(0, 40)} is refused before its end comes: ${fault}`,
});
test(faults, '\x16\x03\x01', 'requestLine');
test(faults, '\n', 'requestLine');
test(faults, 'GET / HTTP/1.1\n', 'field');
test(faults, 'GET / HTTP/1.1\r\nA: b\n', 'field');
test(faults, `GET /${'a'.repeat(20_000)}`, 'targetTooLong');
test(faults, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(6_000)}`, 'headTooLarge');

test('the start of an honest head waits', t => {
  const reader = new HeadReader();
  for (const piece of ['G', 'ET / HTTP/1.1', '\r', '\nHost: a\r\n']) {
    reader.append(Buffer.from(piece, 'latin1'));
    t.is(reader.next(), null);
    t.true(reader.isPartial);
  }
});
