import type { Closable, Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { MAX_RESPONSE_FIELDS, MAX_RESPONSE_HEAD_BYTES } from '../http1/response-head.ts';
import type { ErrorCode } from '../http2/error-code.ts';
import type { FieldSection } from '../http2/hpack/field-section.ts';
import { Http2Session } from '../http2/session.ts';
import type { Http2Events } from '../http2/session-events.ts';
import type { Http2Stream } from '../http2/stream.ts';
import { type SocketOwner, tellOwner } from '../socket-events.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';
import type { TurnEnder } from '../turn-queue.ts';
import type { Wire } from '../wire.ts';
import {
  type EndpointLinks,
  type LinkedEndpoint,
  MAX_STREAMS,
  type SharedConnection,
} from './endpoint-links.ts';
import { Http2Link } from './http2-link.ts';
import type { CarriedLink, LinkCarrier } from './link-carrier.ts';
import { connectTo, failureOf } from './upstream-socket.ts';
import type { UpstreamFailure } from './upstream-user.ts';

/** One for each stream may be full without the others standing still. */
const STREAM_WINDOW_BYTES = 65_535;

const STATE = { connecting: 0, open: 1, leaving: 2, closed: 3 } as const;
type State = (typeof STATE)[keyof typeof STATE];

const linkOf = ({ owner }: Http2Stream): Http2Link | null => (owner instanceof Http2Link ? owner : null);

/** One HTTP/2 connection to an endpoint, shared by exchanges. */
export class Http2Upstream
  implements Http2Events, Reader, SocketOwner, TimerOwner, TurnEnder, Closable, LinkCarrier, SharedConnection
{
  readonly engine: Engine;
  readonly endpoint: LinkedEndpoint;
  /** Those that wait for it to open, and those that have streams on it. */
  readonly links = new Set<CarriedLink>();
  /** True from the second request on. */
  hasServed = false;
  readonly #home: EndpointLinks;
  readonly #socket: EngineSocket;
  readonly #wire: Wire;
  readonly #session: Http2Session;
  readonly #timer = new Timer(this);
  readonly #bornMs: number;
  readonly #connectTimeoutMs: number;
  #state: State = STATE.connecting;
  #requests = 0;
  #holding: CarriedLink | null = null;
  #isReading = false;

  constructor(engine: Engine, home: EndpointLinks, connectTimeoutMs = engine.options.connectTimeoutMs) {
    this.engine = engine;
    this.endpoint = home.endpoint;
    this.#home = home;
    this.#bornMs = engine.wheel.nowMs;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#session = new Http2Session(
      {
        role: 'client',
        maxStreams: 0,
        maxHeaderBytes: MAX_RESPONSE_HEAD_BYTES,
        maxFields: MAX_RESPONSE_FIELDS,
        streamWindow: STREAM_WINDOW_BYTES,
        connectionWindow: MAX_STREAMS * STREAM_WINDOW_BYTES,
        enableConnect: false,
        now: () => engine.wheel.nowMs,
      },
      this,
    );
    home.connections.push(this);
    engine.upstreams.add(this);
    engine.counters.add('upstream_connections');
    this.#socket = connectTo(home.endpoint, engine, { reader: this, links: home });
    this.#wire = this.#socket.wire;
    tellOwner(this.#socket, this, engine.log);
    engine.wheel.start(this.#timer, connectTimeoutMs);
  }

  get isOpen(): boolean {
    return this.#state === STATE.open || this.#state === STATE.leaving;
  }

  get isBlocked(): boolean {
    return this.#wire.isBlocked;
  }

  /** True where one more exchange may be led here. */
  get hasRoom(): boolean {
    const mayTake =
      this.#state === STATE.connecting || (this.#state === STATE.open && this.#session.mayRequest);
    return mayTake && this.links.size < this.#home.room && !this.#wire.isClosed && this.#isYoung;
  }

  get #isYoung(): boolean {
    const { upstreamLifetimeMs, maxRequestsPerUpstream } = this.engine.options;
    return (
      (maxRequestsPerUpstream === 0 || this.#requests < maxRequestsPerUpstream) &&
      (upstreamLifetimeMs === 0 || this.engine.wheel.nowMs - this.#bornMs < upstreamLifetimeMs)
    );
  }

  /** A connection to the same endpoint for what this one does not take. */
  next(): Http2Upstream {
    const { openStreams } = this.#session;
    // Nothing runs on it, and yet it takes nothing: it has said that it goes away.
    if (openStreams === 0) this.leave();
    else this.#home.room = openStreams;
    return connectionFor(this.engine, this.#home, {
      isFresh: true,
      connectTimeoutMs: this.#connectTimeoutMs,
    });
  }

  /** Null: it takes no more streams. */
  request(head: string): Http2Stream | null {
    if (this.#state !== STATE.open) return null;
    const scheme = this.#home.backend.tls === null ? 'http' : 'https';
    const stream = this.#session.request(head, scheme, false);
    if (stream === null) return null;
    this.#requests += 1;
    this.hasServed = true;
    this.engine.wheel.stop(this.#timer);
    return stream;
  }

  /** At most one head is held back at a time, until the end of the read that brought it. */
  hold(link: CarriedLink): void {
    this.#holding?.release();
    if (this.#isReading) this.#holding = link;
    else link.release();
  }

  onLinkEnd(link: CarriedLink): void {
    this.links.delete(link);
    if (this.#holding === link) this.#holding = null;
    this.endIfIdle();
  }

  /** No new streams: what runs may finish. */
  leave(): void {
    if (this.#state === STATE.closed) return;
    this.#home.forget(this);
    if (this.#state === STATE.connecting && this.links.size === 0) this.#socket.destroy();
    if (this.#state === STATE.open) this.#state = STATE.leaving;
    this.endIfIdle();
  }

  /** Nobody uses it: it is kept for a while, or closed. */
  endIfIdle(): void {
    if (this.links.size > 0 || this.#state === STATE.connecting || this.#state === STATE.closed) return;
    const isKept =
      this.#state === STATE.open && !this.endpoint.retired && !this.engine.isDraining && this.#isYoung;
    if (isKept) this.engine.wheel.start(this.#timer, this.engine.options.upstreamIdleMs);
    else this.#close();
  }

  /** What is in the output, resets of streams above all, is still sent. */
  #close(): void {
    this.#home.forget(this);
    this.#flush();
    this.engine.wheel.start(this.#timer, this.engine.options.stallTimeoutMs);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onTimer(): void {
    if (this.#state === STATE.connecting) this.#loseAll('connect-timeout');
    this.#socket.destroy();
  }

  /** What it takes is known when its SETTINGS are there, and until then whether it speaks HTTP/2 at all. */
  #open(): void {
    this.#state = STATE.open;
    this.engine.wheel.stop(this.#timer);
    for (const link of [...this.links]) link.onOpen();
    if (this.endpoint.retired) this.leave();
    else this.endIfIdle();
  }

  /** The preface has waited in it since it was made. */
  onConnect(): void {
    this.#flush();
  }

  onRead(count: number): void {
    this.#isReading = true;
    this.#session.receive(this.engine.readBuffer, 0, count);
    if (this.#state === STATE.connecting) this.#open();
    this.#isReading = false;
    const held = this.#holding;
    this.#holding = null;
    held?.release();
  }

  onDrain(): void {
    this.#flush();
    for (const link of [...this.links]) link.onWritable();
  }

  onEnd(): void {
    this.#socket.destroy();
  }

  onClose(): void {
    const failure = failureOf(this.#socket, this.#state === STATE.connecting ? 'connect' : 'reset');
    this.#state = STATE.closed;
    this.engine.wheel.remove(this.#timer);
    this.engine.upstreams.delete(this);
    this.#home.forget(this);
    this.#loseAll(failure);
  }

  #loseAll(failure: UpstreamFailure): void {
    for (const link of [...this.links]) link.onLost(failure);
  }

  onTurnEnd(): void {
    this.#flush();
  }

  #flush(): void {
    if (this.#wire.isClosed || this.#wire.isBlocked) return;
    this.#session.flush((buffer, start, end) => this.#wire.bytes(buffer, start, end));
  }

  onOutput(): void {
    this.engine.turns.add(this);
  }

  onHeaders(stream: Http2Stream, fields: FieldSection, kind: 'head' | 'trailers', endsStream: boolean): void {
    const link = linkOf(stream);
    if (kind === 'head') link?.onHead(fields, endsStream);
    else link?.onTrailers(fields);
  }

  onData(stream: Http2Stream, buffer: Buffer, start: number, end: number, endsStream: boolean): void {
    linkOf(stream)?.onData(buffer, start, end, endsStream);
  }

  onReset(stream: Http2Stream, code: ErrorCode, byPeer: boolean): void {
    linkOf(stream)?.onReset(code, byPeer);
  }

  onWritable(stream: Http2Stream): void {
    linkOf(stream)?.onWritable();
  }

  onGoAway(): void {
    this.leave();
  }

  onFault(): void {
    this.engine.counters.add('upstream_faults');
    this.#flush();
    this.#home.forget(this);
    this.#state = STATE.leaving;
    this.#loseAll('fault');
    this.#close();
  }
}

/** One that takes another exchange, or a new one. `isFresh`: none that has served already. */
export const connectionFor = (
  engine: Engine,
  home: EndpointLinks,
  {
    isFresh,
    connectTimeoutMs,
  }: { readonly isFresh: boolean; readonly connectTimeoutMs?: number | undefined },
): Http2Upstream =>
  home.connections.find(
    (connection): connection is Http2Upstream =>
      connection instanceof Http2Upstream && connection.hasRoom && !(isFresh && connection.isOpen),
  ) ?? new Http2Upstream(engine, home, connectTimeoutMs);
