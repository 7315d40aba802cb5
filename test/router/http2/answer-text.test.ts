import test from 'ava';
import { answerText } from '../../../router/http2/answer-text.ts';
import { FieldSection } from '../../../router/http2/hpack/field-section.ts';
import { headerField } from '../../../router/http2/hpack/header-field.ts';
import { trailerLines } from '../../../router/http2/trailer-lines.ts';
import type { RawField } from '../../helpers/http2-frames.ts';

const section = (fields: readonly RawField[], maxFields = 100): FieldSection => {
  const made = new FieldSection();
  made.begin({ maxBytes: 32_768, maxFields });
  for (const [name, value] of fields) made.add(headerField(name, value));
  return made;
};

test('an answer is its status line and its fields', t => {
  t.deepEqual(
    answerText(
      section([
        [':status', '200'],
        ['server', 'x'],
        ['content-length', '3'],
        ['te', 'x'],
        ['set-cookie', 'a=b'],
      ]),
    ),
    {
      kind: 'text',
      text: 'HTTP/1.1 200 \r\nserver: x\r\ncontent-length: 3\r\nset-cookie: a=b\r\n',
    },
  );
});

const malformed = test.macro({
  exec(t, fields: readonly RawField[]) {
    t.is(answerText(section(fields)).kind, 'malformed');
  },
  title: (_, fields) => `no answer: ${JSON.stringify(fields)}`,
});

test(malformed, []);
test(malformed, [['server', 'x']]);
test(malformed, [
  ['server', 'x'],
  [':status', '200'],
]);
test(malformed, [
  [':status', '200'],
  [':status', '200'],
]);
test(malformed, [[':status', '']]);
test(malformed, [[':status', '99']]);
test(malformed, [[':status', '2000']]);
test(malformed, [[':status', '2 0']]);
test(malformed, [[':status', '101']]);
test(malformed, [
  [':status', '200'],
  [':path', '/'],
]);
test(malformed, [
  [':status', '200'],
  ['Server', 'x'],
]);
test(malformed, [
  [':status', '200'],
  ['server', 'x\r\nset-cookie: y'],
]);
test(malformed, [
  [':status', '200'],
  ['connection', 'close'],
]);
test(malformed, [
  [':status', '200'],
  ['transfer-encoding', 'chunked'],
]);

test('an answer or trailers beyond the limits are none', t => {
  t.is(
    answerText(
      section(
        [
          [':status', '200'],
          ['a', 'b'],
        ],
        1,
      ),
    ).kind,
    'malformed',
  );
  t.is(
    trailerLines(
      section(
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        1,
      ),
    ),
    null,
  );
});

test('trailers are lines, but for what could be taken for a field of the head', t => {
  const fields: RawField[] = [
    ['grpc-status', '0'],
    ['host', 'x'],
    ['cookie', 'a=b'],
    ['content-type', 'x'],
    ['te', 'x'],
    ['x-forwarded-for', '1.1.1.1'],
    ['grpc-message', ''],
  ];
  t.is(trailerLines(section(fields)), 'grpc-status: 0\r\ngrpc-message: \r\n');
  t.is(trailerLines(section([])), '');
});

test('trailers with pseudo-fields, framing or bad fields are malformed', t => {
  for (const field of [
    [':status', '200'],
    [':path', '/'],
    ['content-length', '3'],
    ['connection', 'x'],
    ['A', 'b'],
    ['a', 'b\n'],
  ] satisfies RawField[]) {
    t.is(trailerLines(section([field])), null, field[0]);
  }
});
