import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';

/** A bomb: 8 MiB of zeros, packed again and again. */
const layered = (layers: number): string => {
  let bytes: Buffer = Buffer.alloc(8 * 1_048_576);
  for (let layer = 0; layer < layers; layer += 1) bytes = gzipSync(bytes);
  return bytes.toString('latin1');
};

// undici CVE-2026-22036: each of thousands of Content-Encoding layers was unpacked.
test('S17: compressed bodies pass untouched, however many layers they name or have', async t => {
  const bodies: readonly (readonly [encoding: string, body: string])[] = [
    ['gzip', layered(1)],
    [Array(5_000).fill('gzip').join(','), layered(12)],
    ['gzip, br', brotliCompressSync(gzipSync('x'.repeat(100_000))).toString('latin1')],
    ['gzip', 'no gzip at all'],
    ['deflate', `${layered(2)}rest`],
  ];
  for (const [encoding, body] of bodies) {
    const fields = `Content-Encoding: ${encoding}\r\n`;
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const framings = [
      [`Content-Length: ${body.length}\r\n\r\n`, body],
      ['Transfer-Encoding: chunked\r\n\r\n', chunks],
    ] as const;
    for (const [framing, framed] of framings) {
      const message = `${fields}${framing}${framed}`;
      const answer = `HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: x\r\n${message}`;
      const bugs = await sentThrough({ answer }, async ({ send }) => {
        const passage = await send(`PUT / HTTP/1.1\r\n${HOST}${message}`);
        t.is(passage.requests.length, 1);
        t.true(passage.requests[0]?.body === framed, 'the request body, byte for byte');
        t.true(passage.requests[0]?.head.includes(`\r\n${fields}`));
        t.true(passage.answer === answer, 'the answer, byte for byte');
      });
      t.deepEqual(bugs, []);
    }
  }
});

/** One frame of a client, masked or not; `compressed` sets RSV1 (RFC 7692 6). */
const frame = (
  payload: Buffer,
  { masked, compressed }: { readonly masked: boolean; readonly compressed: boolean },
): Buffer => {
  const head = Buffer.alloc(10);
  head[0] = compressed ? 0xc2 : 0x82;
  head[1] = (masked ? 0x80 : 0) | 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
};

// undici CVE-2026-1526: a permessage-deflate frame was unpacked without bound.
test('S17: permessage-deflate is agreed on by the ends, and frames pass untouched', async t => {
  const bomb = deflateRawSync(Buffer.alloc(8 * 1_048_576));
  const up = Buffer.concat(
    [bomb, randomBytes(3_000), Buffer.from('no deflate')].map(bytes =>
      frame(bytes, { masked: true, compressed: true }),
    ),
  );
  const down = Buffer.concat(
    [bomb, Buffer.alloc(0), randomBytes(100_000)].map(bytes =>
      frame(bytes, { masked: false, compressed: true }),
    ),
  );
  const bugs = await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n';
    client.write(`GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n${offer}\r\n`);
    const peer = await origins[0]?.connection(0);
    const head = (await peer?.untilText('\r\n\r\n')) ?? '';
    t.true(head.includes(`\r\n${offer}`));
    const switched = `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    peer?.write(switched);
    t.is(await client.untilLength(switched.length), switched);
    client.socket.write(up);
    peer?.socket.write(down);
    const sent = await peer?.until(({ received }) => received.length === head.length + up.length);
    const got = await client.untilLength(switched.length + down.length);
    t.true(sent?.slice(head.length) === up.toString('latin1'));
    t.true(got.slice(switched.length) === down.toString('latin1'));
  });
  t.deepEqual(bugs, []);
});
