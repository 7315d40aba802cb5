import type { Socket } from 'node:net';
import type { Engine } from './engine.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeOwner } from './exchange-owner.ts';
import { peerLines } from './http1/forwarded-head.ts';
import { HEAD_FAULT, type HeadFault } from './http1/head-fault.ts';
import { HeadReader } from './http1/head-reader.ts';
import { Timer, type TimerOwner } from './timer-wheel.ts';
import { FAILURE } from './upstream-failure.ts';

const STATE = {
  /** Between requests, or in a request's head. */
  waiting: 0,
  exchange: 1,
  /** The answer is complete, the request's body is not: read past it. */
  skipping: 2,
  tunnel: 3,
  /** Our side has ended; what still comes is read and dropped. */
  closing: 4,
  closed: 5,
} as const;
type State = (typeof STATE)[keyof typeof STATE];

/** What is read past for a connection's sake; a new connection is cheaper than more. */
const MAX_SKIPPED_BYTES = 1_048_576;

const INTERNAL_ERROR = { status: 500, code: 'InternalError', reason: 'The router failed on this request.' };

/** An IPv4 client of a dual-stack listener reads as IPv4; a zone means nothing to the next hop. */
const plainAddress = (address: string): string =>
  address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');

/** One client's connection: reads heads, keeps pipelined bytes until it is their turn, and gives all timeouts. */
export class ClientConnection implements ExchangeOwner, TimerOwner {
  readonly socket: Socket;
  readonly clientAddress: string;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  readonly #timer = new Timer(this);
  readonly #onGone: (connection: ClientConnection) => void;
  #state: State = STATE.waiting;
  readonly #input = new HeadReader();
  #isAdvancing = false;
  #skippedBytes = 0;
  /** True once the client has ended its direction. */
  #hasEnded = false;
  /** As of the last look, for a client that has ended: does the answer still go on? */
  #writtenBytes = 0;
  #peerLines = '';

  constructor(engine: Engine, socket: Socket, onGone: (connection: ClientConnection) => void) {
    this.#engine = engine;
    this.socket = socket;
    this.#onGone = onGone;
    this.#exchange = new Exchange(engine, this);
    this.clientAddress = plainAddress(socket.remoteAddress ?? '');
    engine.counters.add('connections_accepted');
    engine.wheel.start(this.#timer, engine.options.clientIdleMs);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onEnd());
    // Every failure ends in 'close'; without a listener an 'error' would end the process.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onClose());
  }

  get localAuthority(): string {
    const { localAddress = '', localPort = 0 } = this.socket;
    const address = plainAddress(localAddress);
    return address.includes(':') ? `[${address}]:${localPort}` : `${address}:${localPort}`;
  }

  get peerLines(): string {
    if (this.#peerLines === '') this.#peerLines = peerLines(this.clientAddress, this.socket.localPort ?? 0);
    return this.#peerLines;
  }

  /** Ends as soon as no request is under way; the engine is draining. */
  drain(): void {
    if (this.#state === STATE.waiting && this.#input.held === null) this.#close();
  }

  destroy(): void {
    this.socket.destroy();
  }

  onTimer(): void {
    switch (this.#state) {
      case STATE.waiting:
        if (this.#input.isPartial) this.#refuse(HEAD_FAULT.headTimeout, '');
        else this.#close();
        break;
      case STATE.exchange:
        this.#onStall();
        break;
      default:
        this.socket.destroy();
    }
  }

  onUpstreamReady(): void {
    if (this.#exchange.isTunnel) {
      this.#startTunnel();
      return;
    }
    this.#input.drop(this.#exchange.send(this.#input.held));
    this.#continueBody();
  }

  onUpstreamDrain(): void {
    if (this.#state === STATE.tunnel) this.socket.resume();
    else if (this.#state === STATE.exchange) this.#continueBody();
  }

  onAnswerBlocked(): void {
    if (this.#state === STATE.exchange) this.#startStallTimer();
  }

  onExchangeEnd(): void {
    if (this.#state === STATE.closed) return;
    if (this.#exchange.isRequestSent) {
      this.#next();
      return;
    }
    this.#state = STATE.skipping;
    this.#skippedBytes = 0;
    this.#engine.wheel.start(this.#timer, this.#engine.options.lingerMs);
    if (this.#hasEnded || this.#exchange.closes) this.#close();
    else if (this.#input.held !== null) this.#skip(this.#input.take());
    if (this.#state === STATE.skipping) this.socket.resume();
  }

  onAnswerBroken(isDelimited: boolean): void {
    // Where only the end of the connection tells the end of the body, a reset is the one sign that it is not whole.
    if (isDelimited) this.socket.destroySoon();
    else this.socket.resetAndDestroy();
  }

  onTunnelEnd(): void {
    this.#close();
  }

  #onData(bytes: Buffer): void {
    try {
      this.#receive(bytes);
    } catch (error) {
      this.#engine.log('a bug in the request path', error);
      this.socket.destroy();
    }
  }

  #receive(bytes: Buffer): void {
    switch (this.#state) {
      case STATE.waiting:
        this.#input.append(bytes);
        this.#advance();
        break;
      case STATE.exchange:
        this.#input.append(bytes);
        if (this.#exchange.isReady && !this.#exchange.isRequestSent) {
          this.#input.drop(this.#exchange.takeBody(this.#input.held ?? bytes));
          this.#continueBody();
        } else this.socket.pause();
        break;
      case STATE.skipping:
        this.#skip(bytes);
        break;
      case STATE.tunnel:
        this.#exchange.sendTunnelBytes(bytes);
        if (this.#exchange.isCongested) this.socket.pause();
        break;
      case STATE.closing:
        this.#countSkipped(bytes.length);
        break;
      default:
    }
  }

  /** Reads on while the exchange can take more; while it cannot, the client waits (back-pressure). */
  #continueBody(): void {
    if (this.#state !== STATE.exchange) return;
    const isSent = this.#exchange.isRequestSent;
    if (!isSent) {
      if (this.#hasEnded && this.#input.held === null) {
        this.#giveUp();
        return;
      }
      this.#startStallTimer();
    } else if (!this.#hasEnded) this.#engine.wheel.stop(this.#timer);
    // Without a body to come it is read on all the same: only a read shows that the client has gone.
    if ((isSent && this.#input.held !== null) || (!isSent && this.#exchange.isCongested)) this.socket.pause();
    else this.socket.resume();
  }

  #startStallTimer(): void {
    this.#engine.wheel.start(this.#timer, this.#engine.options.stallTimeoutMs);
  }

  /** Nothing has moved for a while: whose fault is it? */
  #onStall(): void {
    const exchange = this.#exchange;
    const isUpload = !exchange.isRequestSent && !exchange.hasAnswerHead;
    if (isUpload) {
      exchange.closes = true;
      const isUpstream = exchange.isCongested || exchange.isAwaitingContinue;
      exchange.answer(isUpstream ? FAILURE['answer-timeout'] : HEAD_FAULT.bodyTimeout);
    } else if (this.#hasEnded && this.socket.bytesWritten !== this.#writtenBytes) {
      this.#writtenBytes = this.socket.bytesWritten;
      this.#startStallTimer();
    } else this.socket.destroy();
  }

  /** Works off what is held, head by head. A loop, not a recursion: one read may hold a thousand heads. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#state === STATE.waiting && this.#input.held !== null) {
      if (this.socket.writableNeedDrain) {
        // Someone who asks and asks but does not read the answers waits here.
        this.socket.pause();
        this.#startStallTimer();
        this.#isAdvancing = false;
        return;
      }
      if (!this.#readHead()) break;
    }
    this.#isAdvancing = false;
    if (this.#state !== STATE.waiting) return;
    if (this.#hasEnded) this.#close();
    else this.socket.resume();
  }

  /** False if the head is not complete. */
  #readHead(): boolean {
    const wasPartial = this.#input.isPartial;
    const head = this.#input.next();
    if (typeof head === 'string') this.#request(head);
    else if (head !== null) this.#refuse(head, '');
    else {
      if (!wasPartial && this.#input.isPartial)
        this.#engine.wheel.start(this.#timer, this.#engine.options.requestHeadTimeoutMs);
      return false;
    }
    return true;
  }

  #request(text: string): void {
    const head = this.#engine.requestHead;
    head.sourceAddress = this.clientAddress;
    const fault = head.parse(text);
    if (fault !== null) {
      this.#refuse(fault, text);
      return;
    }
    this.#state = STATE.exchange;
    this.#engine.wheel.stop(this.#timer);
    this.#exchange.begin(head);
    try {
      const decision = this.#engine.routing.decide(head);
      if (decision.kind === 'forward') this.#exchange.forward(head, decision);
      else this.#exchange.decline(head, decision);
    } catch (error) {
      // A bug in routing costs one request, never the process or its other clients.
      this.#engine.log('a bug in the routing of a request', error);
      this.#exchange.closes = true;
      this.#exchange.answer(INTERNAL_ERROR);
    }
  }

  #refuse(fault: HeadFault, text: string): void {
    this.#input.take();
    this.#state = STATE.exchange;
    this.#exchange.refuse(fault, text);
  }

  /** The exchange is over on both sides. */
  #next(): void {
    if (this.#exchange.closes || this.#engine.isDraining) {
      this.#close();
      return;
    }
    this.#state = STATE.waiting;
    this.#engine.wheel.start(this.#timer, this.#engine.options.clientIdleMs);
    this.#advance();
  }

  #skip(bytes: Buffer): void {
    const at = this.#exchange.skipBody(bytes);
    if (at === -1) this.#close();
    else if (this.#exchange.isRequestSent) {
      if (at < bytes.length) this.#input.append(bytes.subarray(at));
      this.#next();
    } else this.#countSkipped(bytes.length);
  }

  #countSkipped(count: number): void {
    this.#skippedBytes += count;
    if (this.#skippedBytes > MAX_SKIPPED_BYTES) this.socket.destroy();
  }

  #startTunnel(): void {
    this.#state = STATE.tunnel;
    this.#engine.wheel.stop(this.#timer);
    // A peer that vanished without a word would hold the tunnel for ever.
    this.socket.setKeepAlive(true, 60_000);
    if (this.#input.held !== null) this.#exchange.sendTunnelBytes(this.#input.take());
    if (this.#exchange.isCongested) this.socket.pause();
    else this.socket.resume();
  }

  /** Ends our side; the rest of what the client sends is read for a moment, or a reset would eat the answer (RFC 9112 9.6). */
  #close(): void {
    if (this.#state === STATE.closing || this.#state === STATE.closed) return;
    this.#state = STATE.closing;
    this.#input.take();
    this.#skippedBytes = 0;
    this.#startStallTimer();
    this.socket.end(() => {
      if (this.#state === STATE.closing) this.#engine.wheel.start(this.#timer, this.#engine.options.lingerMs);
    });
    this.socket.resume();
  }

  #giveUp(): void {
    this.#engine.counters.add('client_aborts');
    this.#exchange.abandon();
    this.socket.destroy();
  }

  #onDrain(): void {
    if (this.#state === STATE.waiting) {
      this.#engine.wheel.start(this.#timer, this.#engine.options.clientIdleMs);
      this.#advance();
      return;
    }
    this.#exchange.onClientDrain();
    if (this.#state === STATE.exchange && this.#exchange.isRequestSent && !this.#hasEnded)
      this.#engine.wheel.stop(this.#timer);
  }

  #onEnd(): void {
    this.#hasEnded = true;
    switch (this.#state) {
      case STATE.waiting:
        // What is held may be whole requests that wait for the client to read: they are answered first.
        this.#advance();
        break;
      case STATE.skipping:
        this.#close();
        break;
      case STATE.exchange:
        // Half-closed after a whole request: the answer is still wanted, but not for ever.
        if (this.#exchange.isRequestSent || this.#input.held !== null) this.#startStallTimer();
        else this.#giveUp();
        break;
      case STATE.tunnel:
        this.#exchange.endTunnel();
        this.#startStallTimer();
        break;
      default:
    }
  }

  #onClose(): void {
    if (this.#state === STATE.exchange) this.#engine.counters.add('client_aborts');
    this.#state = STATE.closed;
    this.#input.take();
    this.#engine.counters.add('connections_closed');
    this.#engine.wheel.remove(this.#timer);
    this.#exchange.abandon();
    this.#onGone(this);
  }
}
