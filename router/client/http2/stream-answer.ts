import { createHash } from 'node:crypto';
import type { Http2Stream } from '../../http2/stream.ts';

const SWITCHING_PROTOCOLS = 101;

/** RFC 6455 4.2.2: what a server makes of a key, to show that it speaks WebSocket. */
export const acceptedKey = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Fields of an HTTP/1.1 handshake that say nothing to an HTTP/2 client (RFC 8441 5). */
const HANDSHAKE_LINE = /^sec-websocket-accept:[^\r]*\r\n/im;

/**
 * The answer on its way into a stream. It comes as HTTP/1.1 text, as every answer does: a head, with the start of its
 * body behind it where that is there already, then the body alone.
 */
export class StreamAnswer {
  #stream: Http2Stream | null = null;
  #hasHead = false;
  /** What the WebSocket handshake has to be answered with; empty: there is none. */
  #expectedAccept = '';

  /** `webSocketKey`: the key that went upstream; empty where the request is no extended CONNECT. */
  begin(stream: Http2Stream, webSocketKey: string): void {
    this.#stream = stream;
    this.#hasHead = false;
    this.#expectedAccept = webSocketKey === '' ? '' : acceptedKey(webSocketKey);
  }

  /** False: the pod has agreed to something that nobody asked for. */
  text(text: string): boolean {
    const stream = this.#stream;
    if (stream === null) return true;
    if (this.#hasHead) {
      stream.text(text);
      return true;
    }
    const lineEnd = text.indexOf('\r\n');
    const headEnd = text.indexOf('\r\n\r\n', lineEnd);
    const status = Number(text.slice(9, 12));
    const lines = text.slice(lineEnd + 2, headEnd + 2);
    if (status === SWITCHING_PROTOCOLS) return this.#switch(stream, lines);
    this.#hasHead = status >= 200;
    stream.respond(status, lines, false);
    if (headEnd + 4 < text.length) stream.text(text.slice(headEnd + 4));
    return true;
  }

  /** RFC 8441 4: an extended CONNECT is answered with 200; from then on the stream carries the tunnel's bytes. */
  #switch(stream: Http2Stream, lines: string): boolean {
    const accept = /^sec-websocket-accept:[ \t]*(\S*)/im.exec(lines)?.[1];
    if (this.#expectedAccept === '' || accept !== this.#expectedAccept) return false;
    this.#hasHead = true;
    stream.respond(200, lines.replace(HANDSHAKE_LINE, ''), false);
    return true;
  }
}
