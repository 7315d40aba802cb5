// Forked by main.ts: asks on many connections at once, every hundredth time on a new one, and counts what comes.
import { createConnection, type Socket } from 'node:net';

/** `requests` at least; more, up to `atMost`, until the parent says `enough`. */
type Order = {
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  readonly atMost: number;
};

/** Told to the parent when all requests are done. */
export type LoadResult = {
  readonly answered: number;
  /** Why a request failed -> how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly connections: number;
};

const REQUEST = 'GET /soak HTTP/1.1\r\nHost: a.com\r\nAccept: */*\r\n\r\n';
const REQUESTS_PER_CONNECTION = 100;

/** The order's requests, shared by all connections. */
class Load {
  answered = 0;
  opened = 0;
  readonly failures: Record<string, number> = {};
  readonly #order: Order;
  #asked = 0;
  #atMost: number;
  #running = 0;
  readonly #onDone: () => void;

  constructor(order: Order, onDone: () => void) {
    this.#order = order;
    this.#atMost = order.atMost;
    this.#onDone = onDone;
  }

  start(): void {
    for (let i = 0; i < this.#order.connections; i += 1) this.#open();
  }

  enough(): void {
    this.#atMost = this.#order.requests;
  }

  #open(): void {
    if (this.#asked >= this.#atMost) {
      if (this.#running === 0) this.#onDone();
      return;
    }
    this.#running += 1;
    this.opened += 1;
    const socket = createConnection({ port: this.#order.port, host: '127.0.0.1', noDelay: true });
    const client = { asked: 0, isWaiting: false, closes: false, text: '' };
    const ask = (): void => {
      if (this.#asked >= this.#atMost || client.asked >= REQUESTS_PER_CONNECTION || client.closes) {
        socket.end();
        return;
      }
      this.#asked += 1;
      client.asked += 1;
      client.isWaiting = true;
      client.text = '';
      socket.write(REQUEST, 'latin1');
    };
    let failure = 'closed without an answer';
    socket.on('connect', ask);
    socket.on('data', (bytes: Buffer) => {
      client.text += bytes.toString('latin1');
      if (!client.text.endsWith('\r\n\r\nok')) return;
      client.isWaiting = false;
      client.closes = /\r\nconnection: close\r\n/i.test(client.text);
      if (client.text.startsWith('HTTP/1.1 200 ')) this.answered += 1;
      else this.#fail(client.text.slice(0, 12));
      ask();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? error.message;
    });
    socket.on('close', () => {
      if (client.isWaiting) this.#fail(failure);
      else if (client.asked === 0) this.#fail(`no connection: ${failure}`);
      this.#running -= 1;
      this.#open();
    });
    endSilence(socket);
  }

  #fail(why: string): void {
    this.failures[why] = (this.failures[why] ?? 0) + 1;
  }
}

/** An answer that never comes is a failure too, not a run without end. */
const endSilence = (socket: Socket): void => {
  socket.setTimeout(20_000, () =>
    socket.destroy(Object.assign(new Error('silence'), { code: 'silent for 20 s' })),
  );
};

process.once('message', (order: Order) => {
  const load = new Load(order, () => {
    const result: LoadResult = { answered: load.answered, failures: load.failures, connections: load.opened };
    process.send?.(result, () => process.exit(0));
  });
  process.once('message', () => load.enough());
  load.start();
});
