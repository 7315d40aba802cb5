import test from 'ava';
import { FrameReader, frameOf } from '../../../bench/origin/web-socket-frame.ts';

const MASK = Buffer.from([1, 2, 3, 4]);
const PING = Buffer.from([0x89, 0]);

test('frames come out whole, masked or not, wherever the stream is cut', t => {
  const stream = Buffer.concat([
    frameOf(Buffer.from('one'), MASK),
    PING,
    frameOf(Buffer.from(''), null),
    frameOf(Buffer.from('two'), null),
  ]);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const payloads: string[] = [];
    const reader = new FrameReader(payload => payloads.push(payload.toString()));
    reader.read(stream, 0, cut);
    reader.read(stream, cut, stream.length);
    t.deepEqual(payloads, ['one', '', 'two'], `cut at ${cut}`);
  }
});

test('a masked frame does not show its payload', t => {
  t.false(frameOf(Buffer.from('secret'), MASK).includes('secret'));
});
