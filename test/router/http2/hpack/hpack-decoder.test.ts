import test from 'ava';
import fc from 'fast-check';
import { FieldSection } from '../../../../router/http2/hpack/field-section.ts';
import { HEADER_KIND } from '../../../../router/http2/hpack/header-field.ts';
import { HpackDecoder } from '../../../../router/http2/hpack/hpack-decoder.ts';
import { block, type RawField } from '../../../helpers/http2-frames.ts';

const LIMITS = { maxBytes: 32_768, maxFields: 100 };

const decoded = (
  decoder: HpackDecoder,
  bytes: Buffer,
  limits = LIMITS,
): { readonly fields: RawField[]; readonly section: FieldSection } | null => {
  const section = new FieldSection();
  section.begin(limits);
  if (!decoder.decode(bytes, 0, bytes.length, section)) return null;
  const fields = section.fields.slice(0, section.count).map(({ name, value }): RawField => [name, value]);
  return { fields, section };
};

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

type Step = { readonly bytes: string; readonly fields: readonly RawField[]; readonly tableSize: number };

const FIRST: readonly RawField[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const SECOND: readonly RawField[] = [...FIRST, ['cache-control', 'no-cache']];
const THIRD: readonly RawField[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];
const answer = (status: string, date = '21'): readonly RawField[] => [
  [':status', status],
  ['cache-control', 'private'],
  ['date', `Mon, 21 Oct 2013 20:13:${date} GMT`],
  ['location', 'https://www.example.com'],
];
const LAST: readonly RawField[] = [
  ...answer('200', '22'),
  ['content-encoding', 'gzip'],
  ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
];

/** Table size 256, which the answers of RFC 7541 C begin with. */
const SIZE_256 = '3fe1 01';

const EXAMPLES: Readonly<Record<string, readonly Step[]>> = {
  'C.2.1, a literal that is indexed': [
    {
      bytes: '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      fields: [['custom-key', 'custom-header']],
      tableSize: 55,
    },
  ],
  'C.2.2, a literal that is not indexed': [
    { bytes: '040c 2f73 616d 706c 652f 7061 7468', fields: [[':path', '/sample/path']], tableSize: 0 },
  ],
  'C.2.3, a literal that is never indexed': [
    { bytes: '1008 7061 7373 776f 7264 0673 6563 7265 74', fields: [['password', 'secret']], tableSize: 0 },
  ],
  'C.2.4, an indexed field': [{ bytes: '82', fields: [[':method', 'GET']], tableSize: 0 }],
  'C.3, requests': [
    { bytes: '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', fields: FIRST, tableSize: 57 },
    { bytes: '8286 84be 5808 6e6f 2d63 6163 6865', fields: SECOND, tableSize: 110 },
    {
      bytes: '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      fields: THIRD,
      tableSize: 164,
    },
  ],
  'C.4, requests in Huffman code': [
    { bytes: '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', fields: FIRST, tableSize: 57 },
    { bytes: '8286 84be 5886 a8eb 1064 9cbf', fields: SECOND, tableSize: 110 },
    {
      bytes: '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      fields: THIRD,
      tableSize: 164,
    },
  ],
  'C.5, answers with evictions': [
    {
      bytes: `${SIZE_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
        2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      fields: answer('302'),
      tableSize: 222,
    },
    { bytes: '4803 3330 37c1 c0bf', fields: answer('307'), tableSize: 222 },
    {
      bytes: `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
        54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
        5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
      fields: LAST,
      tableSize: 215,
    },
  ],
  'C.6, answers in Huffman code with evictions': [
    {
      bytes: `${SIZE_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
        2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      fields: answer('302'),
      tableSize: 222,
    },
    { bytes: '4883 640e ffc1 c0bf', fields: answer('307'), tableSize: 222 },
    {
      bytes: `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
        77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
        9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      fields: LAST,
      tableSize: 215,
    },
  ],
};

const example = test.macro({
  exec(t, name: string) {
    const decoder = new HpackDecoder();
    for (const { bytes, fields, tableSize } of EXAMPLES[name] ?? []) {
      t.deepEqual(decoded(decoder, hex(bytes))?.fields, [...fields]);
      t.is(decoder.tableSize, tableSize);
    }
  },
  title: (_, name) => `RFC 7541 ${name}`,
});
for (const name of Object.keys(EXAMPLES)) test(example, name);

const refused = test.macro({
  exec(t, _: string, bytes: string) {
    t.is(decoded(new HpackDecoder(), hex(bytes)), null);
  },
  title: (_, what, bytes) => `refused: ${what} (${bytes})`,
});

test(refused, 'index 0', '80');
test(refused, 'an index behind the static table while nothing is remembered', 'be');
test(refused, 'a name of an index that there is none of', '7e 01 61');
test(refused, 'an index that does not end', 'ff');
test(refused, 'an index of too many bytes', 'ff 80 80 80 80 80 00');
test(refused, 'an index beyond all bounds', 'ff ff ff ff 7f');
test(refused, 'a literal without anything', '40');
test(refused, 'a literal without a value', '04');
test(refused, 'a name that is longer than the block', '00 05 61');
test(refused, 'a value that is longer than the block', '04 7f 2f');
test(refused, 'a length that does not end', '04 7f');
test(refused, 'Huffman code with EOS in it', '04 84 ff ff ff ff');
test(refused, 'Huffman code with padding of a byte', '04 82 1f ff');
test(refused, 'Huffman code with padding that is not all ones', '04 81 18');
test(refused, 'a table larger than what we offer', '3f e2 1f');
test(refused, 'a change of size behind a field', '82 20');
test(refused, 'a third change of size', '20 20 20');
test(refused, 'a change of size that does not end', '3f');

test('a table of 4,096 bytes, two changes of size and an empty block are taken', t => {
  t.deepEqual(decoded(new HpackDecoder(), hex('20 3f e1 1f 82'))?.fields, [[':method', 'GET']]);
  t.deepEqual(decoded(new HpackDecoder(), hex(''))?.fields, []);
});

test('a field that is larger than the table empties it, and is a field all the same', t => {
  const decoder = new HpackDecoder();
  decoded(decoder, block([['a', 'b']], true));
  t.is(decoder.tableSize, 34);
  const large: RawField = ['c', 'd'.repeat(4_096)];
  t.deepEqual(decoded(decoder, block([large], true))?.fields, [large]);
  t.is(decoder.tableSize, 0);
});

test('a decoder that has wrapped its table many times finds the newest under 62', t => {
  const decoder = new HpackDecoder();
  for (let at = 0; at < 1_000; at += 1) {
    decoded(decoder, block([[`n${at}`, '']], true));
    t.deepEqual(decoded(decoder, hex('be'))?.fields, [[`n${at}`, '']]);
    t.true(decoder.tableSize <= 4_096);
  }
  // Index 127, the 66th newest.
  t.deepEqual(decoded(decoder, hex('ff 00'))?.fields, [['n934', '']]);
});

test('fields beyond the limits are counted and not kept, and the table goes on with them', t => {
  const decoder = new HpackDecoder();
  const limits = { maxBytes: 100, maxFields: 2 };
  const many = decoded(
    decoder,
    block(
      [
        ['a', ''],
        ['b', ''],
        ['c', ''],
      ],
      true,
    ),
    limits,
  );
  t.deepEqual(many?.fields, [
    ['a', ''],
    ['b', ''],
  ]);
  t.true(many?.section.isTooLarge);
  t.deepEqual(decoded(decoder, hex('be'))?.fields, [['c', '']]);
  const large = decoded(decoder, block([['a', 'x'.repeat(68)]]), limits);
  t.deepEqual(large?.fields, []);
  t.true(large?.section.isTooLarge);
});

test('a line is the field in HTTP/1.1 text: of :authority the Host line, of :path the rest of the request line', t => {
  const fields: RawField[] = [
    ['x-a', 'b c'],
    [':authority', 'a.com:80'],
    [':path', '/a?b'],
    ['cookie', ''],
  ];
  const section = decoded(new HpackDecoder(), block(fields))?.section;
  t.deepEqual(
    section?.fields.map(({ line }) => line),
    ['x-a: b c\r\n', 'host: a.com:80\r\n', ' /a?b HTTP/1.1\r\n', 'cookie: \r\n'],
  );
});

test('a name of an entry with a bad value is as good as any', t => {
  const decoder = new HpackDecoder();
  const bad = decoded(decoder, block([['x-a', 'a\r\nb']], true));
  t.is(bad?.section.fields[0]?.kind, HEADER_KIND.malformed);
  const good = decoded(decoder, Buffer.concat([hex('0f 2f 01'), Buffer.from('c')]));
  t.deepEqual(good?.fields, [['x-a', 'c']]);
  t.is(good?.section.fields[0]?.kind, HEADER_KIND.ordinary);
});

test('any bytes are decoded or refused, and nothing is thrown', t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), blocks => {
      const decoder = new HpackDecoder();
      for (const bytes of blocks) {
        decoded(decoder, Buffer.from(bytes), { maxBytes: 2_000, maxFields: 10 });
        if (decoder.tableSize > 4_096) return false;
      }
      return true;
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
