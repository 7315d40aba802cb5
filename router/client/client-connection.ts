import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ExchangeOwner } from '../exchange/exchange-owner.ts';
import { HEAD_FAULT, type HeadFault } from '../http1/head-fault.ts';
import { HeadReader } from '../http1/head-reader.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { type SocketOwner, tellOwner } from '../socket-events.ts';
import type { TimerOwner } from '../timer-wheel.ts';
import type { Wire } from '../wire.ts';
import { ClientDeadline } from './client-deadline.ts';
import { type Arrival, ClientPeer } from './client-peer.ts';
import { type ClientState, CLIENT_STATE as STATE } from './client-state.ts';
import { SkippedBytes } from './skipped-bytes.ts';

/** One client's connection: reads heads, keeps pipelined bytes until it is their turn, and gives all timeouts. */
export class ClientConnection implements ExchangeOwner, Reader, SocketOwner, TimerOwner {
  readonly isFramed = false;
  readonly socket: EngineSocket;
  readonly wire: Wire;
  readonly peer: ClientPeer;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  readonly #deadline: ClientDeadline;
  readonly #onGone: (connection: ClientConnection) => void;
  #state: ClientState = STATE.waiting;
  readonly #input = new HeadReader();
  #isAdvancing = false;
  readonly #skipped = new SkippedBytes();
  /** True once the client has ended its direction. */
  #hasEnded = false;
  /** As of the last look, for a client that has ended: does the answer still go on? */
  #writtenBytes = 0;

  constructor(engine: Engine, arrival: Arrival, onGone: (connection: ClientConnection) => void) {
    this.#engine = engine;
    const { socket } = arrival;
    this.socket = socket;
    this.wire = socket.wire;
    this.#onGone = onGone;
    this.peer = new ClientPeer(arrival, engine.isTrusted);
    this.#exchange = new Exchange(engine, this);
    this.#deadline = new ClientDeadline(engine, this);
    engine.counters.add('connections_accepted');
    this.#deadline.idle();
    tellOwner(socket, this, engine.log);
    socket.readTo(this);
  }

  /** Ends as soon as no request is under way; the engine is draining. */
  drain(): void {
    if (this.#state === STATE.waiting && this.#input.held === null) this.#close();
  }

  /** There is no more time for the drain. */
  leave(): void {
    if (this.#state !== STATE.tunnel || !this.#exchange.leave()) this.socket.destroy();
  }

  onTimer(): void {
    if (this.#state === STATE.exchange) this.#onStall();
    else if (this.#state !== STATE.waiting) this.socket.destroy();
    else if (this.#input.isPartial) this.#refuse(HEAD_FAULT.headTimeout, '');
    else this.#close();
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
    if (this.#state === STATE.tunnel) this.wire.readUnless(false);
    else if (this.#state === STATE.exchange) this.#continueBody();
  }

  onAnswerBlocked(): void {
    if (this.#state === STATE.exchange) this.#deadline.stall();
  }

  onExchangeEnd(): void {
    if (this.#state === STATE.closed) return;
    if (this.#exchange.isRequestSent) {
      this.#next();
      return;
    }
    this.#state = STATE.skipping;
    this.#skipped.begin();
    this.#deadline.linger();
    if (this.#hasEnded || this.#exchange.closes) this.#close();
    else if (this.#input.held !== null) this.#skip(this.#input.take());
    if (this.#state === STATE.skipping) this.wire.readUnless(false);
  }

  onAnswerBroken(isDelimited: boolean): void {
    this.#state = STATE.closing;
    this.#deadline.stall();
    // Where only the end of the connection tells the end of the body, a reset is the one sign that it is not whole.
    if (isDelimited) this.socket.destroySoon();
    else this.socket.resetAndDestroy();
  }

  onTunnelEnd(): void {
    this.#close();
  }

  onRead(count: number): void {
    const { readBuffer, requestHead } = this.#engine;
    const isNext = this.#state === STATE.waiting && !this.wire.isBlocked;
    if (!isNext || !this.#input.readInPlace(requestHead, readBuffer, count)) {
      this.take(readBuffer.subarray(0, count));
      return;
    }
    this.#isAdvancing = true;
    this.#route(requestHead);
    this.#isAdvancing = false;
    this.#advance();
    this.#input.keep();
  }

  /** Takes bytes that have been read; what is kept of them is copied before the call returns. */
  take(bytes: Buffer): void {
    switch (this.#state) {
      case STATE.waiting:
        this.#input.append(bytes);
        this.#advance();
        break;
      case STATE.exchange:
        this.#input.append(bytes);
        if (this.#exchange.takesBody && !this.#exchange.isRequestSent) {
          this.#input.drop(this.#exchange.takeBody(this.#input.held ?? bytes));
          this.#continueBody();
        } else this.wire.readUnless(this.#input.isFull);
        break;
      case STATE.skipping:
        this.#skip(bytes);
        break;
      case STATE.tunnel:
        this.#exchange.sendTunnelBytes(bytes);
        if (this.#exchange.isCongested) this.wire.readUnless(true);
        break;
      case STATE.closing:
        if (this.#skipped.add(bytes.length)) this.socket.destroy();
        break;
      default:
    }
    this.#input.keep();
  }

  /** Reads on while the exchange can take more; while it cannot, the client waits (back-pressure). */
  #continueBody(): void {
    if (this.#state !== STATE.exchange) return;
    const isSent = this.#exchange.isRequestSent;
    if (!isSent) {
      if (this.#hasEnded && this.#input.held === null) {
        this.socket.destroy();
        return;
      }
      this.#deadline.stall(this.#exchange.sendTimeoutMs);
    } else this.#deadline.stop();
    // Without a body to come it is read on for a while: only a read shows that the client has gone.
    this.wire.readUnless(isSent ? this.#input.isFull : this.#exchange.isCongested);
  }

  /** Nothing has moved for a while: whose fault is it? */
  #onStall(): void {
    const exchange = this.#exchange;
    if (!exchange.isRequestSent && !exchange.hasAnswerHead) exchange.onUploadStall();
    else if (this.#hasEnded && this.socket.bytesWritten !== this.#writtenBytes) {
      this.#writtenBytes = this.socket.bytesWritten;
      this.#deadline.stall();
    } else this.socket.destroy();
  }

  /** Works off what is held, head by head. A loop, not a recursion: one read may hold a thousand heads. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#state === STATE.waiting && this.#input.held !== null && !this.wire.isBlocked) {
      if (!this.#readHead()) break;
    }
    this.#isAdvancing = false;
    if (this.#state !== STATE.waiting) return;
    // Someone who asks and asks but does not read the answers waits here.
    const isFull = this.#input.held !== null && !this.#input.isPartial && this.wire.isBlocked;
    if (isFull) this.#deadline.stall();
    if (this.#hasEnded && !isFull) this.#close();
    else this.wire.readUnless(isFull);
  }

  /** False if the head is not complete. */
  #readHead(): boolean {
    const wasPartial = this.#input.isPartial;
    const text = this.#input.next();
    if (text === null) {
      if (!wasPartial && this.#input.isPartial) this.#deadline.head();
      return false;
    }
    const head = this.#engine.requestHead;
    const fault = typeof text === 'string' ? head.parse(text) : text;
    if (fault !== null) {
      this.#refuse(fault, typeof text === 'string' ? text : '');
      return true;
    }
    this.#route(head);
    return true;
  }

  #route(head: RequestHead): void {
    head.sourceAddress = this.peer.clientOf(head);
    this.#state = STATE.exchange;
    this.#deadline.stop();
    this.#exchange.run(head);
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
    this.#deadline.idle();
    this.#advance();
  }

  #skip(bytes: Buffer): void {
    const at = this.#exchange.skipBody(bytes);
    if (at === -1) this.#close();
    else if (this.#exchange.isRequestSent) {
      if (at < bytes.length) this.#input.append(bytes.subarray(at));
      this.#next();
    } else if (this.#skipped.add(bytes.length)) this.socket.destroy();
  }

  #startTunnel(): void {
    this.#state = STATE.tunnel;
    this.#deadline.stop();
    // A peer that vanished without a word would hold the tunnel for ever.
    this.socket.setKeepAlive(true, 60_000);
    if (this.#input.held !== null) this.#exchange.sendTunnelBytes(this.#input.take());
    if (this.#hasEnded) this.#exchange.endTunnel();
    this.wire.readUnless(this.#exchange.isCongested);
  }

  /** Ends our side; the rest of what the client sends is read for a moment, or a reset would eat the answer (RFC 9112 9.6). */
  #close(): void {
    if (this.#state === STATE.closing || this.#state === STATE.closed) return;
    this.#state = STATE.closing;
    this.#input.take();
    this.#skipped.begin();
    this.#deadline.stall();
    this.socket.end(() => {
      if (this.#state === STATE.closing) this.#deadline.linger();
    });
    this.wire.readUnless(false);
  }

  onDrain(): void {
    if (this.#state === STATE.waiting) {
      if (!this.#input.isPartial) this.#deadline.idle();
      this.#advance();
      return;
    }
    this.#exchange.onClientDrain();
    if (this.#state === STATE.exchange && this.#exchange.isRequestSent) this.#deadline.stop();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#deadline.onPeerEnd();
    // What is held may be whole requests that wait for the client to read: they are answered first.
    if (this.#state === STATE.waiting) this.#advance();
    else if (this.#state === STATE.skipping) this.#close();
    else if (this.#state === STATE.tunnel) this.#exchange.endTunnel();
    // Half-closed after a whole request: the answer is still wanted, but not for ever.
    else if (this.#state === STATE.exchange && !this.#exchange.isRequestSent && this.#input.held === null)
      this.socket.destroy();
  }

  onClose(): void {
    if (this.#state === STATE.exchange) this.#engine.counters.add('client_aborts');
    this.#state = STATE.closed;
    this.#input.take();
    this.#engine.counters.add('connections_closed');
    this.#deadline.remove();
    this.#exchange.abandon();
    this.#onGone(this);
  }
}
