import type { Engine } from '../../engine.ts';
import type { AnswerSink } from '../../exchange/answer-sink.ts';
import { Exchange } from '../../exchange/exchange.ts';
import type { ExchangeOwner } from '../../exchange/exchange-owner.ts';
import type { HeadFault } from '../../http1/head-fault.ts';
import { ERROR_CODE } from '../../http2/error-code.ts';
import type { Http2Stream } from '../../http2/stream.ts';
import { Timer, type TimerOwner } from '../../timer-wheel.ts';
import type { ClientPeer } from '../client-peer.ts';
import { HeldBody } from './held-body.ts';
import { StreamAnswer } from './stream-answer.ts';

/** The connection that streams share. */
export interface StreamCarrier {
  readonly peer: ClientPeer;
  /** True while the client does not read. */
  readonly isBlocked: boolean;
  /** The exchange is over, and free for another stream. */
  onStreamEnd(exchange: StreamExchange): void;
}

/** One request of an HTTP/2 client and its answer; used again for one stream after the other. */
export class StreamExchange implements ExchangeOwner, AnswerSink, TimerOwner {
  readonly isFramed = true;
  readonly peer: ClientPeer;
  readonly wire: AnswerSink = this;
  readonly #engine: Engine;
  readonly #carrier: StreamCarrier;
  readonly #exchange: Exchange;
  readonly #answer = new StreamAnswer();
  readonly #held = new HeldBody();
  readonly #timer = new Timer(this);
  /** Null: it is free. */
  #stream: Http2Stream | null = null;
  /** Bytes that have gone upstream, but are credited when that is no longer congested. */
  #owed = 0;
  /** Of a request that has not been started. */
  #headText = '';
  #isAnswered = false;
  #isTunnel = false;

  constructor(engine: Engine, carrier: StreamCarrier) {
    this.#engine = engine;
    this.#carrier = carrier;
    this.peer = carrier.peer;
    this.#exchange = new Exchange(engine, this);
  }

  /** Takes the request that a stream began with; `start` follows. `webSocketKey`: of an extended CONNECT, else empty. */
  prepare(stream: Http2Stream, text: string, webSocketKey: string): void {
    this.#begin(stream, webSocketKey);
    this.#headText = text;
  }

  /** Answers it; false where nobody waits for an answer any more. */
  start(): boolean {
    const stream = this.#stream;
    const text = this.#headText;
    this.#headText = '';
    if (stream === null || text === '') return false;
    const head = this.#engine.requestHead;
    const fault = head.parse(text);
    if (fault !== null) {
      this.#exchange.refuse(fault, text);
      return true;
    }
    head.sourceAddress = this.peer.clientOf(head);
    this.#exchange.run(head);
    if (this.#stream === stream && !this.#exchange.isRequestSent) this.#awaitProgress();
    return true;
  }

  /** Answers a head that cannot be routed. */
  refuse(stream: Http2Stream, fault: HeadFault, text = ''): void {
    this.#begin(stream, '');
    this.#exchange.refuse(fault, text);
  }

  onData(buffer: Buffer, start: number, end: number): void {
    if (this.#isAnswered) return;
    this.#owed += end - start;
    if (this.#isTunnel) this.#exchange.sendTunnelBytes(buffer.subarray(start, end));
    else if (this.#exchange.takesBody && this.#held.isEmpty)
      this.#exchange.takeBody(buffer.subarray(start, end));
    else this.#held.add(buffer, start, end);
    this.#credit();
  }

  /** The client has ended its direction. */
  onEnd(): void {
    if (this.#isTunnel) this.#exchange.endTunnel();
    else if (!this.#isAnswered && this.#exchange.takesBody && this.#held.isEmpty) this.#endBody();
  }

  /** The stream is over, by the client or by its fault. */
  onReset(): void {
    if (!this.#isAnswered) this.#engine.counters.add('client_aborts');
    this.#exchange.abandon();
    this.#release();
  }

  /** What waited for the client's window, or for its socket, is on its way. */
  onWritable(): void {
    const stream = this.#stream;
    if (stream === null || this.isBlocked) return;
    if (this.#isAnswered) {
      this.#finish(stream);
      return;
    }
    if (this.#exchange.isRequestSent) this.#engine.wheel.stop(this.#timer);
    this.#exchange.onClientDrain();
  }

  /** There is no more time: only a WebSocket is given a word of goodbye. */
  leave(): void {
    if (this.#isTunnel && this.#exchange.leave()) return;
    this.#stream?.reset(ERROR_CODE.cancel);
    this.onReset();
  }

  onTimer(): void {
    const exchange = this.#exchange;
    if (!this.#isAnswered && !this.isBlocked && exchange.isConversation) return;
    if (this.#isAnswered || exchange.hasAnswerHead || exchange.isRequestSent) this.leave();
    else exchange.onUploadStall();
  }

  get isBlocked(): boolean {
    return this.#stream?.isBlocked === true || this.#carrier.isBlocked;
  }

  text(text: string): void {
    if (this.#answer.text(text)) return;
    this.#exchange.abandon();
    this.#reset();
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    this.#stream?.data(buffer, start, end);
  }

  onUpstreamReady(): void {
    if (this.#exchange.isTunnel) {
      this.#startTunnel();
      return;
    }
    const held = this.#held.take();
    const sent = this.#exchange.send(held);
    if (held !== null && sent < held.length) {
      // It may be on its way to another connection by now.
      if (this.#exchange.takesBody) this.#exchange.takeBody(held.subarray(sent));
      else this.#held.add(held, sent, held.length);
    }
    if (this.#stream === null) return;
    if (this.#stream.hasEnded && this.#exchange.takesBody && this.#held.isEmpty) this.#endBody();
    this.#credit();
  }

  onUpstreamDrain(): void {
    this.#credit();
  }

  onAnswerBlocked(): void {
    this.#engine.wheel.start(this.#timer, this.#engine.options.stallTimeoutMs);
  }

  onTrailers(lines: string): void {
    this.#stream?.trailers(lines);
  }

  onExchangeEnd(): void {
    this.#end();
  }

  onAnswerBroken(): void {
    this.#reset();
  }

  onTunnelEnd(): void {
    this.#end();
  }

  #begin(stream: Http2Stream, webSocketKey: string): void {
    this.#stream = stream;
    this.#owed = 0;
    this.#isAnswered = false;
    this.#isTunnel = false;
    this.#answer.begin(stream, webSocketKey);
  }

  #startTunnel(): void {
    this.#isTunnel = true;
    this.#engine.wheel.stop(this.#timer);
    const held = this.#held.take();
    if (held !== null) this.#exchange.sendTunnelBytes(held);
    if (this.#stream?.hasEnded === true) this.#exchange.endTunnel();
    this.#credit();
  }

  #endBody(): void {
    this.#exchange.endBody();
    if (this.#exchange.isRequestSent) this.#engine.wheel.stop(this.#timer);
  }

  /** What the pod's side has taken may come again; while that is congested the client waits (back-pressure). */
  #credit(): void {
    const stream = this.#stream;
    if (stream === null || this.#owed === 0 || !this.#held.isEmpty || this.#exchange.isCongested) return;
    stream.consume(this.#owed);
    this.#owed = 0;
    if (!this.#isTunnel && !this.#exchange.isRequestSent) this.#awaitProgress();
  }

  #awaitProgress(): void {
    const { sendTimeoutMs = this.#engine.options.stallTimeoutMs } = this.#exchange;
    this.#engine.wheel.start(this.#timer, sendTimeoutMs);
  }

  /** The answer is complete; what of it waits for the client's window goes first. */
  #end(): void {
    const stream = this.#stream;
    if (stream === null || this.#isAnswered) return;
    this.#isAnswered = true;
    this.#held.take();
    stream.end();
    if (stream.queuedBytes > 0) this.onAnswerBlocked();
    else this.#finish(stream);
  }

  #finish(stream: Http2Stream): void {
    // RFC 9113 8.1: nobody wants the rest of a request that is answered.
    if (!stream.hasEnded) stream.reset(ERROR_CODE.noError);
    this.#release();
  }

  #reset(): void {
    this.#stream?.reset(ERROR_CODE.internalError);
    this.#release();
  }

  #release(): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    this.#headText = '';
    stream.owner = null;
    this.#held.take();
    // Not lazily: a timer that hangs in the wheel holds the stream, and with it a connection that may be over.
    this.#engine.wheel.remove(this.#timer);
    this.#carrier.onStreamEnd(this);
  }
}
