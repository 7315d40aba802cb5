import { ERROR_CODE, type ErrorCode } from './error-code.ts';
import { MAX_FRAME_BYTES, MAX_WINDOW, SETTING, uint32At } from './frame.ts';

const LARGEST_FRAME_BYTES = 0xff_ffff;

/** What a peer asks for, as far as it matters to us. Its table size does not: we use none. Nor its frame size: ours is the least there is. */
export class PeerSettings {
  initialWindow = 65_535;
  /** What is assumed until it says: all peers that limit it allow as many. */
  maxStreams = 100;
  #isFirst = true;

  /** Reads the entries in payload[start, end), in their order; the code of a fault, or null (RFC 9113 6.5.2). */
  take(payload: Buffer, start: number, end: number, isFromServer: boolean): ErrorCode | null {
    // Without a word of it there is no limit.
    if (this.#isFirst) this.maxStreams = MAX_WINDOW;
    this.#isFirst = false;
    for (let at = start; at < end; at += 6) {
      const id = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      const fault = this.#entry(id, uint32At(payload, at + 2), isFromServer);
      if (fault !== null) return fault;
    }
    return null;
  }

  #entry(id: number, value: number, isFromServer: boolean): ErrorCode | null {
    switch (id) {
      case SETTING.enablePush:
        return value === 0 || (value === 1 && !isFromServer) ? null : ERROR_CODE.protocolError;
      case SETTING.maxConcurrentStreams:
        this.maxStreams = value;
        return null;
      case SETTING.initialWindowSize:
        this.initialWindow = value;
        return value > MAX_WINDOW ? ERROR_CODE.flowControlError : null;
      case SETTING.maxFrameSize:
        return value < MAX_FRAME_BYTES || value > LARGEST_FRAME_BYTES ? ERROR_CODE.protocolError : null;
      case SETTING.enableConnectProtocol:
        return value > 1 ? ERROR_CODE.protocolError : null;
      default:
        return null;
    }
  }
}
