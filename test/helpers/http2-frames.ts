import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEAD_BYTES } from '../../router/http2/frame.ts';

/** A field as a table row has it: byte strings. */
export type RawField = readonly [name: string, value: string];

export type Frame = {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
};

export const frame = (type: number, flags: number, streamId: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
};

const integer = (pattern: number, mask: number, value: number): number[] => {
  if (value < mask) return [pattern | value];
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.trunc(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
};

const string = (text: string): Buffer =>
  Buffer.concat([Buffer.from(integer(0, 0x7f, text.length)), Buffer.from(text, 'latin1')]);

/** A header block of literals, whatever they hold; `isRemembered`: in the dynamic table. */
export const block = (fields: readonly RawField[], isRemembered = false): Buffer =>
  Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([isRemembered ? 0x40 : 0]), string(name), string(value)]),
  );

export const uint32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, at * 4);
  return bytes;
};

export const settings = (...entries: readonly (readonly [id: number, value: number])[]): Buffer =>
  frame(
    FRAME.settings,
    FLAG.none,
    0,
    Buffer.concat(entries.map(([id, value]) => Buffer.concat([Buffer.from([id >>> 8, id]), uint32(value)]))),
  );

export const GET: readonly RawField[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.com'],
];

export const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1)];

export const headers = (
  streamId: number,
  fields: readonly RawField[],
  flags: number = FLAG.endHeaders | FLAG.endStream,
): Buffer => frame(FRAME.headers, flags, streamId, block(fields));

export const data = (streamId: number, text: string, flags: number = FLAG.none): Buffer =>
  frame(FRAME.data, flags, streamId, Buffer.from(text, 'latin1'));

export const resetStream = (streamId: number, code: number): Buffer =>
  frame(FRAME.resetStream, FLAG.none, streamId, uint32(code));

export const windowUpdate = (streamId: number, bytes: number): Buffer =>
  frame(FRAME.windowUpdate, FLAG.none, streamId, uint32(bytes));

export const ping = (flags: number = FLAG.none): Buffer =>
  frame(FRAME.ping, flags, 0, Buffer.from('pingpong', 'latin1'));

export const goAway = (lastStreamId: number, code: number): Buffer =>
  frame(FRAME.goAway, FLAG.none, 0, uint32(lastStreamId, code));

/** What a client says before anything else. */
export const GREETING = Buffer.concat([CLIENT_PREFACE, settings()]);

/** The frames that these bytes are; a rest that is none is left out. */
export const framesOf = (bytes: Buffer): Frame[] => {
  const frames: Frame[] = [];
  for (let at = 0; at + FRAME_HEAD_BYTES <= bytes.length; ) {
    const end = at + FRAME_HEAD_BYTES + bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + FRAME_HEAD_BYTES, end),
    });
    at = end;
  }
  return frames;
};
