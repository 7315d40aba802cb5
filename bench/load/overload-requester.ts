import { connect, type Socket } from 'node:net';

/** What became of one request; status 0: no answer, because of a reset, a close or a long silence. */
export type Outcome = { readonly status: number; readonly milliseconds: number };

const SILENCE_MS = 10_000;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** One connection with at most one request under way; it ends itself when its peer does. */
export class Requester {
  /** Called once for each request. */
  onOutcome: (outcome: Outcome) => void;
  readonly #socket: Socket;
  #sentMs = 0;
  #isWaiting = false;
  #answer = '';

  constructor(port: number, onOutcome: (outcome: Outcome) => void) {
    this.onOutcome = onOutcome;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setTimeout(SILENCE_MS, () => {
      if (this.#isWaiting) this.#socket.destroy();
    });
    this.#socket.on('data', bytes => this.#read(bytes.toString('latin1')));
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => this.#finish(0));
  }

  send(text: string): void {
    this.#sentMs = performance.now();
    this.#isWaiting = true;
    this.#socket.write(text, 'latin1');
  }

  #read(text: string): void {
    this.#answer += text;
    const headEnd = this.#answer.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = Number(CONTENT_LENGTH.exec(this.#answer)?.[1] ?? 0);
    if (this.#answer.length < headEnd + 4 + length) return;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = '';
    this.#finish(status);
  }

  #finish(status: number): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.onOutcome({ status, milliseconds: performance.now() - this.#sentMs });
  }
}
