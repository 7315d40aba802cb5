/** A final text frame of up to 125 bytes (RFC 6455 5.2), masked where a client sends it. */
export const frameOf = (payload: Buffer, mask: Buffer | null): Buffer => {
  if (payload.length > 125) throw new Error('frames of the bench are small');
  const head = Buffer.from([0x81, payload.length | (mask === null ? 0 : 0x80)]);
  return mask === null ? Buffer.concat([head, payload]) : Buffer.concat([head, mask, masked(payload, mask)]);
};

const masked = (payload: Buffer, mask: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(payload.length);
  for (let i = 0; i < payload.length; i += 1) out[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return out;
};

const TEXT = 1;
const BINARY = 2;

/** Takes small frames out of a stream, wherever it was cut; control frames are dropped. */
export class FrameReader {
  readonly #onPayload: (payload: Buffer) => void;
  #held: Buffer | null = null;

  constructor(onPayload: (payload: Buffer) => void) {
    this.#onPayload = onPayload;
  }

  read(buffer: Buffer, start: number, end: number): void {
    const fresh = buffer.subarray(start, end);
    const bytes = this.#held === null ? fresh : Buffer.concat([this.#held, fresh]);
    let at = 0;
    for (let length = frameLength(bytes, at); length !== -1; length = frameLength(bytes, at)) {
      this.#frame(bytes.subarray(at, at + length));
      at += length;
    }
    this.#held = at < bytes.length ? Buffer.from(bytes.subarray(at)) : null;
  }

  #frame(frame: Buffer): void {
    const opcode = (frame[0] ?? 0) & 0x0f;
    if (opcode !== TEXT && opcode !== BINARY) return;
    const isMasked = ((frame[1] ?? 0) & 0x80) !== 0;
    this.#onPayload(isMasked ? masked(frame.subarray(6), frame.subarray(2, 6)) : frame.subarray(2));
  }
}

/** The length of the frame that begins at `at`, -1 while it is not whole. */
const frameLength = (bytes: Buffer, at: number): number => {
  if (bytes.length - at < 2) return -1;
  const second = bytes[at + 1] ?? 0;
  const length = 2 + ((second & 0x80) === 0 ? 0 : 4) + (second & 0x7f);
  return bytes.length - at < length ? -1 : length;
};
