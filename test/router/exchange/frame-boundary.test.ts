import test from 'ava';
import fc from 'fast-check';
import { FrameBoundary } from '../../../router/exchange/frame-boundary.ts';

type Frame = { readonly opcode: number; readonly payload: number; readonly isMasked: boolean };

const lengthOf = (payload: number): readonly number[] => {
  if (payload < 126) return [payload];
  if (payload < 65_536) return [126, payload >> 8, payload & 0xff];
  return [127, 0, 0, 0, 0, 0, payload >> 16, (payload >> 8) & 0xff, payload & 0xff];
};

/** As RFC 6455 5.2 draws it; the payload is made of bytes that look like headers. */
const bytesOf = ({ opcode, payload, isMasked }: Frame): Buffer => {
  const [first = 0, ...more] = lengthOf(payload);
  const head = [0x80 | opcode, first | (isMasked ? 0x80 : 0), ...more, ...(isMasked ? [1, 2, 3, 4] : [])];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(payload, 0x88)]);
};

const frame: fc.Arbitrary<Frame> = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  payload: fc.oneof(fc.nat(8), fc.constantFrom(124, 125, 126, 127, 128, 65_535, 65_536, 70_000)),
  isMasked: fc.boolean(),
});

test('it knows the ends of frames, however the bytes are cut', t => {
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 20 }),
      (frames, cuts) => {
        const parts = frames.map(bytesOf);
        const all = Buffer.concat(parts);
        const ends = parts.map((_, nth) => Buffer.concat(parts.slice(0, nth + 1)).length);
        const boundary = new FrameBoundary();
        t.true(boundary.isBetweenFrames);
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          const end = Math.min(at + cut, all.length);
          t.is(boundary.pass(all, at, end), end);
          at = end;
          t.is(boundary.isBetweenFrames, at === 0 || ends.includes(at));
        }
        t.false(boundary.hasClosed);
      },
    ),
    { numRuns: 100 },
  );
});

test('asked to, it stops at the first end of a frame', t => {
  const bytes = Buffer.concat([3, 0, 130].map(payload => bytesOf({ opcode: 2, payload, isMasked: false })));
  const boundary = new FrameBoundary();
  t.is(boundary.pass(bytes, 0, bytes.length, true), 5);
  t.is(boundary.pass(bytes, 5, bytes.length, true), 7);
  t.is(boundary.pass(bytes, 7, 100, true), 100);
  t.false(boundary.isBetweenFrames);
  t.is(boundary.pass(bytes, 100, bytes.length, true), bytes.length);
  t.true(boundary.isBetweenFrames);
});

test('a close frame is noticed', t => {
  const boundary = new FrameBoundary();
  boundary.pass(bytesOf({ opcode: 8, payload: 2, isMasked: true }), 0, 1);
  t.true(boundary.hasClosed);
  t.false(boundary.isBetweenFrames);
});

test('a length beyond all numbers has no end', t => {
  const boundary = new FrameBoundary();
  boundary.pass(
    Buffer.from([0x82, 127, ...Array<number>(8).fill(0xff), ...Array<number>(64).fill(0)]),
    0,
    74,
  );
  t.false(boundary.isBetweenFrames);
});
