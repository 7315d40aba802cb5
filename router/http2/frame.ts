/** Frame types (RFC 9113 6). All others, ORIGIN and ALTSVC among them, are skipped. */
export const FRAME = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  resetStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const FLAG = {
  none: 0x0,
  /** Of SETTINGS and PING; the bit of endStream. */
  ack: 0x1,
  endStream: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** RFC 9113 6.5.2, RFC 8441 3. */
export const SETTING = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
  enableConnectProtocol: 0x8,
} as const;

/** Length, type, flags and stream in front of every payload. */
export const FRAME_HEAD_BYTES = 9;

/** What a frame may hold unless its receiver asks for more; we do not. */
export const MAX_FRAME_BYTES = 16_384;

/** What both windows begin with, until SETTINGS and WINDOW_UPDATE say otherwise. */
export const DEFAULT_WINDOW = 65_535;

export const MAX_WINDOW = 0x7fffffff;

/** What a client sends first (RFC 9113 3.4). */
export const CLIENT_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Four bytes, in network order. */
export const uint32At = (buffer: Buffer, at: number): number =>
  (((buffer[at] ?? 0) << 24) |
    ((buffer[at + 1] ?? 0) << 16) |
    ((buffer[at + 2] ?? 0) << 8) |
    (buffer[at + 3] ?? 0)) >>>
  0;

/** Four bytes without their highest bit: a stream or a window. */
export const uint31At = (buffer: Buffer, at: number): number => uint32At(buffer, at) & 0x7fffffff;
