// Reads request bodies to their end and then answers; echoes WebSockets. nginx answers before a body is there, which
// another proxy in front of it may take for an early answer. `node origin/body-origin.ts STABLE_PORT EDGE_PORT`
import { createHash } from 'node:crypto';
import { createServer, Socket, type SocketConstructorOpts } from 'node:net';
import { FrameReader, frameOf } from './web-socket-frame.ts';

const END_OF_HEAD = '\r\n\r\n';
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const answerOf = (fields: string, body: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nX-Origin: body\r\nContent-Type: text/plain\r\n${fields}\r\n\r\n${body}`,
    'latin1',
  );

/** Sixteen chunks of 1 KiB, each a write of its own in the proxy's eyes only if the kernel makes it so. */
const CHUNKED = answerOf(
  'Transfer-Encoding: chunked',
  `${`400\r\n${'c'.repeat(1024)}\r\n`.repeat(16)}0\r\n\r\n`,
);

/** One connection: heads by search, bodies by count, chunked ones by their last bytes (ours end in no trailer). */
class OriginConnection {
  readonly #socket: Socket;
  readonly #small: Buffer;
  #head = '';
  #left = 0;
  #isChunked = false;
  #tail = '';
  #frames: FrameReader | null = null;
  #answer: Buffer;

  constructor(socket: Socket, track: string) {
    this.#socket = socket;
    const text = `${track.padEnd(6)} ${'.'.repeat(97)}\n`;
    this.#small = answerOf(`Content-Length: ${text.length}`, text);
    this.#answer = this.#small;
  }

  read(buffer: Buffer, count: number): void {
    let at = 0;
    while (at < count) at = this.#step(buffer, at, count);
  }

  #step(buffer: Buffer, start: number, end: number): number {
    if (this.#frames !== null) {
      this.#frames.read(buffer, start, end);
      return end;
    }
    if (this.#isChunked) return this.#readChunked(buffer, start, end);
    if (this.#left > 0) return this.#readCounted(start, end);
    return this.#readHead(buffer, start, end);
  }

  #readCounted(start: number, end: number): number {
    const taken = Math.min(this.#left, end - start);
    this.#left -= taken;
    if (this.#left === 0) this.#socket.write(this.#answer);
    return start + taken;
  }

  /** The load generators never pipeline: a body ends where the read ends. */
  #readChunked(buffer: Buffer, start: number, end: number): number {
    this.#tail = (this.#tail + buffer.toString('latin1', Math.max(start, end - 7), end)).slice(-7);
    if (this.#tail === '\r\n0\r\n\r\n') {
      this.#isChunked = false;
      this.#tail = '';
      this.#socket.write(this.#answer);
    }
    return end;
  }

  #readHead(buffer: Buffer, start: number, end: number): number {
    const held = this.#head.length;
    const text = this.#head + buffer.toString('latin1', start, end);
    const headEnd = text.indexOf(END_OF_HEAD);
    if (headEnd === -1) {
      this.#head = text;
      return end;
    }
    this.#head = '';
    this.#begin(text.slice(0, headEnd + 2));
    return start + headEnd + 4 - held;
  }

  #begin(head: string): void {
    const key = /\r\nsec-websocket-key: *([^\r]+)/i.exec(head)?.[1];
    if (key !== undefined) {
      this.#upgrade(key);
      return;
    }
    this.#answer = head.includes('/chunked') ? CHUNKED : this.#small;
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (!this.#isChunked && this.#left === 0) this.#socket.write(this.#answer);
  }

  #upgrade(key: string): void {
    const accept = createHash('sha1')
      .update(key + ACCEPT_GUID)
      .digest('base64');
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      'latin1',
    );
    this.#frames = new FrameReader(payload => {
      this.#socket.write(frameOf(payload, null));
    });
  }
}

/** One buffer for all reads: an origin that allocates 64 KiB for each would be the slowest part of an upload. */
const READ_BUFFER = Buffer.allocUnsafeSlow(262_144);

/** Takes over an accepted connection with `onread`, which net.Server has no option for. */
const withOnRead = (accepted: Socket, read: (count: number) => void): Socket => {
  const { _handle: handle } = accepted as unknown as { readonly _handle: object };
  const onread = {
    buffer: READ_BUFFER,
    callback: (count: number) => {
      read(count);
      return true;
    },
  };
  return new Socket({ handle, onread, readable: true, writable: true } as SocketConstructorOpts);
};

for (const [index, track] of ['stable', 'edge'].entries()) {
  createServer({ noDelay: true, pauseOnConnect: true }, accepted => {
    const socket: Socket = withOnRead(accepted, count => connection.read(READ_BUFFER, count));
    const connection = new OriginConnection(socket, track);
    socket.on('error', () => socket.destroy());
    socket.resume();
  }).listen(Number(process.argv[2 + index]), '127.0.0.1', 4096);
}
