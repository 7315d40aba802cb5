// The open-loop generator: requests (or WebSocket messages) at a given rate, whatever the answers do. Latency counts
// from the moment at which a request was due, also while it waited here for a free connection: a stalled proxy cannot
// slow down the clock that measures it (coordinated omission). `node load/open-loop.ts '<JSON of OpenLoopTask>'`
import { connect, type Socket } from 'node:net';
import { FrameReader, frameOf } from '../origin/web-socket-frame.ts';
import { poissonArrivals } from './arrivals.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { OpenLoopTask } from './open-loop-task.ts';
import { requestText } from './request-text.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as OpenLoopTask;

const KEY = 'c2x1aWNlLWJlbmNoLWtleQ==';
const MESSAGE = Buffer.from('a message of sixty-four bytes, as chats and tickers send them :-)'.slice(0, 64));
const FRAME = frameOf(MESSAGE, Buffer.from([1, 2, 3, 4]));
const isWebSocket = task.kind === 'web-socket';

const REQUESTS = isWebSocket
  ? []
  : Array.from({ length: task.hostCount * 10 }, (_, i) =>
      Buffer.from(requestText('get', `shop-${i % task.hostCount}.bench.test`, i < task.hostCount), 'latin1'),
    );

const histogram = new LatencyHistogram();
const idle: Lane[] = [];
let done = 0;
let errors = 0;
let nextRequest = 0;

/** One connection with at most one request under way. */
class Lane {
  readonly #socket: Socket;
  #dueMs = 0;
  #answer = '';
  #isOpen = !isWebSocket;
  readonly #frames = new FrameReader(() => this.#finish());

  constructor(onReady: () => void) {
    const readBuffer = Buffer.allocUnsafeSlow(65_536);
    this.#socket = connect({
      port: task.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: count => {
          this.#read(readBuffer, count, onReady);
          return true;
        },
      },
    });
    this.#socket.once('connect', () => {
      if (this.#isOpen) onReady();
      else
        this.#socket.write(
          `GET /ws/echo HTTP/1.1\r\nHost: shop-0.bench.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        );
    });
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      if (!isOver) errors += 1;
    });
  }

  send(dueMs: number): void {
    this.#dueMs = dueMs;
    if (isWebSocket) {
      this.#socket.write(FRAME);
      return;
    }
    this.#socket.write(REQUESTS[nextRequest] ?? FRAME);
    nextRequest = (nextRequest + 1) % REQUESTS.length;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(buffer: Buffer, count: number, onReady: () => void): void {
    if (isWebSocket && this.#isOpen) {
      this.#frames.read(buffer, 0, count);
      return;
    }
    this.#answer += buffer.toString('latin1', 0, count);
    const headEnd = this.#answer.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    if (isWebSocket) this.#opened(onReady);
    else if (this.#answer.length >= headEnd + 4 + contentLength(this.#answer)) {
      if (!this.#answer.startsWith('HTTP/1.1 200')) errors += 1;
      this.#answer = '';
      this.#finish();
    }
  }

  #opened(onReady: () => void): void {
    if (!this.#answer.startsWith('HTTP/1.1 101')) fail(`no upgrade: ${this.#answer.split('\r\n')[0]}`);
    this.#isOpen = true;
    this.#answer = '';
    onReady();
  }

  #finish(): void {
    const nowMs = performance.now() - startMs;
    done += 1;
    if (this.#dueMs >= task.settleMs) histogram.add((nowMs - this.#dueMs) * 1000);
    idle.push(this);
    sendDue();
  }
}

const contentLength = (answer: string): number => {
  const at = answer.search(/\r\ncontent-length:/i);
  return at === -1 ? 0 : Number.parseInt(answer.slice(at + 17), 10);
};

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const nextArrivalMs = poissonArrivals(task.ratePerSecond, 1);
let dueMs = nextArrivalMs();
let startMs = Number.POSITIVE_INFINITY;
let isOver = false;

/** Called at every event, so that requests leave on time and not at the next tick of a timer of a millisecond. */
const sendDue = (): void => {
  const nowMs = performance.now() - startMs;
  while (dueMs <= nowMs && dueMs < task.durationMs) {
    const lane = idle.pop();
    if (lane === undefined) return;
    lane.send(dueMs);
    dueMs = nextArrivalMs();
  }
};

/** Prints the result; what is still due or under way counts with the time that it has waited already. */
const finish = (): void => {
  isOver = true;
  const elapsedMs = performance.now() - startMs;
  let waiting = 0;
  for (; dueMs < task.durationMs; dueMs = nextArrivalMs()) {
    histogram.add((elapsedMs - dueMs) * 1000);
    waiting += 1;
  }
  const result = {
    requests: done,
    seconds: elapsedMs / 1000,
    errors,
    p50Us: histogram.quantile(0.5),
    p99Us: histogram.quantile(0.99),
    waiting,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
};

const lanes: Lane[] = [];
let ready = 0;
const begin = (): void => {
  idle.push(...lanes);
  startMs = performance.now();
  const pacer = setInterval(sendDue, 1);
  setTimeout(() => {
    clearInterval(pacer);
    finish();
  }, task.durationMs + 50);
};
for (let i = 0; i < task.connections; i += 1) {
  lanes.push(
    new Lane(() => {
      ready += 1;
      if (ready === task.connections) begin();
    }),
  );
}
setTimeout(() => {
  if (ready < task.connections) fail(`only ${ready} of ${task.connections} connections came about`);
}, 10_000).unref();
