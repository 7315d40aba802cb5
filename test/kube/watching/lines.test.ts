import test from 'ava';
import fc from 'fast-check';
import { BrokenStream, linesOf } from '../../../src/kube/watching/lines.ts';

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...new Set(cuts)].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
  yield bytes.subarray(start);
}

const read = async (
  bytes: Buffer,
  cuts: readonly number[] = [],
  maxBytes = 1_000,
): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(inPieces(bytes, cuts), maxBytes)) lines.push(line);
  return lines;
};

test('lines are whole wherever the stream was cut, in the middle of a character too', async t => {
  const lines = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => text.replaceAll('\n', '')),
    {
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat(120), { maxLength: 12 }), async (texts, wanted) => {
      const bytes = Buffer.from(texts.map(text => `${text}\n`).join(''));
      const cuts = wanted.map(cut => Math.min(cut, bytes.length));
      t.deepEqual(
        await read(bytes, cuts),
        texts.map(text => Buffer.from(text).toString()),
      );
    }),
  );
});

test('a rest without an end is no line', async t => {
  await t.throwsAsync(read(Buffer.from('{"a":1}\n{"b"')), { instanceOf: BrokenStream });
});

test('a line without end is given up when it is too long, not when memory is', async t => {
  await t.throwsAsync(read(Buffer.alloc(2_001, 'x'), [500, 1_000, 1_500]), { instanceOf: BrokenStream });
  t.deepEqual(await read(Buffer.from(`${'x'.repeat(900)}\n`), [300, 600]), ['x'.repeat(900)]);
});
