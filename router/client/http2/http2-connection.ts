import { randomBytes } from 'node:crypto';
import type { Engine } from '../../engine.ts';
import type { EngineSocket, Reader } from '../../engine-socket.ts';
import { HEAD_FAULT } from '../../http1/head-fault.ts';
import { MAX_HEADER_BYTES, MAX_HEADER_FIELDS } from '../../http1/request-head.ts';
import { ERROR_CODE, type ErrorCode } from '../../http2/error-code.ts';
import type { FieldSection } from '../../http2/hpack/field-section.ts';
import { requestText } from '../../http2/request-text.ts';
import { Http2Session } from '../../http2/session.ts';
import type { Http2Events } from '../../http2/session-events.ts';
import type { Http2Stream } from '../../http2/stream.ts';
import { type SocketOwner, tellOwner } from '../../socket-events.ts';
import type { TimerOwner } from '../../timer-wheel.ts';
import type { TurnEnder } from '../../turn-queue.ts';
import type { Wire } from '../../wire.ts';
import { ClientDeadline } from '../client-deadline.ts';
import { type Arrival, ClientPeer } from '../client-peer.ts';
import { SkippedBytes } from '../skipped-bytes.ts';
import { type StreamCarrier, StreamExchange } from './stream-exchange.ts';
import { StreamStarts } from './stream-starts.ts';

/** As nginx and Envoy's edge settings have it: a browser opens no more, and each may hold 64 KiB a direction. */
const MAX_STREAMS = 100;
const STREAM_WINDOW_BYTES = 65_535;
const CONNECTION_WINDOW_BYTES = 1_048_576;

/** What an HTTP/1.1 client would say of a body of unknown length; towards an HTTP/2 pod it goes again. */
const CHUNKED_LINE = 'transfer-encoding: chunked\r\n';

/** RFC 6455 4.1: a nonce, so that no answer but that of a WebSocket server fits. */
const webSocketKey = (): string => randomBytes(16).toString('base64');

/** Exchanges that are kept for the next streams. */
const MAX_SPARE_EXCHANGES = 16;

/** One HTTP/2 client's connection: its streams are exchanges like any other, and end with it. */
export class Http2Connection
  implements Http2Events, Reader, SocketOwner, StreamCarrier, TimerOwner, TurnEnder
{
  readonly socket: EngineSocket;
  readonly peer: ClientPeer;
  readonly #engine: Engine;
  readonly #wire: Wire;
  readonly #session: Http2Session;
  readonly #deadline: ClientDeadline;
  readonly #onGone: (connection: Http2Connection) => void;
  readonly #running = new Set<StreamExchange>();
  readonly #spare: StreamExchange[] = [];
  readonly #skipped = new SkippedBytes();
  readonly #starts = new StreamStarts();
  #isTurnAwaited = false;
  /** True once GOAWAY has been said: with its last stream the connection ends. */
  #isEnding = false;
  #isClosed = false;
  /** Of the next extended CONNECT. */
  #webSocketKey = webSocketKey();

  constructor(engine: Engine, arrival: Arrival, onGone: (connection: Http2Connection) => void) {
    this.#engine = engine;
    this.socket = arrival.socket;
    this.#wire = arrival.socket.wire;
    this.#onGone = onGone;
    this.peer = new ClientPeer(arrival, engine.isTrusted);
    this.#deadline = new ClientDeadline(engine, this);
    engine.counters.add('connections_accepted');
    engine.counters.add('http2_connections');
    this.#session = new Http2Session(
      {
        role: 'server',
        maxStreams: MAX_STREAMS,
        maxHeaderBytes: MAX_HEADER_BYTES,
        maxFields: MAX_HEADER_FIELDS,
        streamWindow: STREAM_WINDOW_BYTES,
        connectionWindow: CONNECTION_WINDOW_BYTES,
        enableConnect: true,
        now: () => engine.wheel.nowMs,
      },
      this,
    );
    this.#deadline.head();
    tellOwner(this.socket, this, engine.log);
    this.socket.readTo(this);
    this.#wire.readUnless(false);
    this.#flush();
    if (engine.isDraining) this.beginDrain();
  }

  get isBlocked(): boolean {
    return this.#wire.isBlocked;
  }

  /** The engine is draining: running streams finish, new ones go elsewhere (RFC 9113 6.8). */
  beginDrain(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#session.shutdown();
  }

  /** Ends as soon as no stream runs. */
  drain(): void {
    this.beginDrain();
    if (this.#running.size === 0) this.#close();
  }

  /** There is no more time for the drain. */
  leave(): void {
    for (const exchange of [...this.#running]) exchange.leave();
    if (this.#running.size === 0) this.#close();
  }

  onRead(count: number): void {
    if (this.#isClosed) {
      if (this.#skipped.add(count)) this.socket.destroy();
      return;
    }
    this.#session.receive(this.#engine.readBuffer, 0, count);
    this.#afterRead();
  }

  /** Takes bytes that were read before this connection was there. */
  take(bytes: Buffer): void {
    this.#session.receive(bytes, 0, bytes.length);
    this.#afterRead();
  }

  onHeaders(stream: Http2Stream, fields: FieldSection, kind: 'head' | 'trailers', endsStream: boolean): void {
    // Trailers of a request end its body and say nothing to a pod (RFC 9110 6.5.1, S10).
    if (kind === 'trailers') this.#runningOn(stream)?.onEnd();
    else this.#begin(stream, fields, endsStream);
  }

  onData(stream: Http2Stream, buffer: Buffer, start: number, end: number, endsStream: boolean): void {
    const exchange = this.#runningOn(stream);
    exchange?.onData(buffer, start, end);
    // Its last bytes may have been what ended it.
    if (endsStream) this.#runningOn(stream)?.onEnd();
  }

  onReset(stream: Http2Stream): void {
    this.#runningOn(stream)?.onReset();
  }

  onWritable(stream: Http2Stream): void {
    this.#runningOn(stream)?.onWritable();
  }

  onOutput(): void {
    this.#awaitTurnEnd();
  }

  onGoAway(): void {
    // The client opens no more streams; those that run go on.
    this.#isEnding = true;
    if (this.#running.size === 0) this.#close();
  }

  onFault(_code: ErrorCode, _reason: string): void {
    this.#engine.counters.add('http2_faults');
    this.#isEnding = true;
    for (const exchange of [...this.#running]) exchange.onReset();
    this.#close();
  }

  onStreamEnd(exchange: StreamExchange): void {
    this.#running.delete(exchange);
    if (this.#spare.length < MAX_SPARE_EXCHANGES) this.#spare.push(exchange);
    if (this.#running.size > 0) return;
    if (this.#isEnding) this.#close();
    else this.#deadline.idle();
  }

  onTurnEnd(): void {
    this.#isTurnAwaited = false;
    this.#starts.nextTurn();
    this.#flush();
    if (this.#starts.areWaiting) this.#awaitTurnEnd();
  }

  #awaitTurnEnd(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#engine.turns.add(this);
  }

  #flush(): void {
    if (this.#isClosed || this.#wire.isBlocked) return;
    this.#session.flush(this.#write);
    if (this.#wire.isBlocked) this.#deadline.stall();
  }

  onDrain(): void {
    this.#flush();
    if (this.#wire.isBlocked) return;
    if (this.#running.size > 0) this.#deadline.stop();
    else this.#deadline.idle();
    for (const exchange of [...this.#running]) exchange.onWritable();
  }

  /** The client has nothing more to say; as with HTTP/1.1 what it asked for is still answered. */
  onEnd(): void {
    this.#isEnding = true;
    this.#deadline.onPeerEnd();
    if (this.#running.size === 0) this.#close();
  }

  onClose(): void {
    this.#isClosed = true;
    this.#engine.counters.add('connections_closed');
    this.#deadline.remove();
    for (const exchange of [...this.#running]) exchange.onReset();
    this.#onGone(this);
  }

  onTimer(): void {
    if (this.#wire.isBlocked || this.#isClosed) this.socket.destroy();
    else if (this.#running.size === 0) this.#close();
  }

  readonly #write = (buffer: Buffer, start: number, end: number): void => {
    this.#wire.bytes(buffer, start, end);
  };

  #begin(stream: Http2Stream, fields: FieldSection, endsStream: boolean): void {
    const request = requestText(fields, endsStream, this.#webSocketKey);
    if (request.kind === 'malformed') {
      this.#engine.counters.add('refused');
      stream.reset(ERROR_CODE.protocolError);
      return;
    }
    const exchange = this.#spare.pop() ?? new StreamExchange(this.#engine, this);
    stream.owner = exchange;
    if (this.#running.size === 0) this.#deadline.stop();
    this.#running.add(exchange);
    if (request.kind === 'too-large') {
      exchange.refuse(stream, HEAD_FAULT.headTooLarge);
      return;
    }
    if (request.isWebSocket) {
      exchange.prepare(stream, request.text, this.#webSocketKey);
      this.#webSocketKey = webSocketKey();
    } else exchange.prepare(stream, request.hasLength ? request.text : `${request.text}${CHUNKED_LINE}`, '');
    this.#starts.add(exchange);
    this.#awaitTurnEnd();
  }

  #runningOn({ owner }: Http2Stream): StreamExchange | null {
    return owner instanceof StreamExchange ? owner : null;
  }

  #afterRead(): void {
    if (this.#running.size === 0 && !this.#isEnding) this.#deadline.idle();
  }

  /** Says goodbye, then ends our side; what the client still sends is read for a moment (as in ClientConnection). */
  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#session.close();
    this.#session.flush(this.#write);
    this.#deadline.stall();
    this.socket.end(() => this.#deadline.linger());
  }
}
