import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { BodyFraming, FRAMING, SMALL_BODY_BYTES } from '../http1/body-framing.ts';
import { MAX_INTERIM_ANSWERS, type ResponseHead } from '../http1/response-head.ts';
import { type SocketOwner, tellOwner } from '../socket-events.ts';
import type { TimerOwner } from '../timer-wheel.ts';
import type { Wire } from '../wire.ts';
import { AnswerHeadReader, FAULTY, PARTIAL } from './answer-head-reader.ts';
import { ConnectionLife } from './connection-life.ts';
import type { Endpoint } from './endpoint.ts';
import type { ConnectOptions } from './endpoint-links.ts';
import { UpstreamDeadline } from './upstream-deadline.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { connectTo, failureOf } from './upstream-socket.ts';
import { framingOf, isOffered, type UpstreamFailure, type UpstreamUser } from './upstream-user.ts';

const STATE = { connecting: 0, idle: 1, head: 2, body: 3, tunnel: 4, closed: 5 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** One socket to an endpoint; kept for another exchange only after a wholly framed answer to a wholly sent request. */
export class UpstreamConnection implements Reader, SocketOwner, TimerOwner, UpstreamLink {
  readonly framesBodies = false;
  readonly endpoint: Endpoint;
  isReused = false;
  hasAnswerBytes = false;
  readonly #engine: Engine;
  /** Where it is kept between two exchanges. */
  readonly #idle: UpstreamLink[];
  readonly #socket: EngineSocket;
  readonly #wire: Wire;
  readonly #deadline: UpstreamDeadline;
  readonly #framing = new BodyFraming();
  readonly #life: ConnectionLife;
  #state: State = STATE.connecting;
  #user: UpstreamUser | null = null;
  readonly #heads = new AnswerHeadReader();
  #interims = 0;

  /** `links`: of a way to speak to the endpoint that is not HTTP in clear. */
  constructor(engine: Engine, endpoint: Endpoint, { connectTimeoutMs, links }: ConnectOptions = {}) {
    this.#engine = engine;
    this.endpoint = endpoint;
    this.#idle = links?.idle ?? endpoint.idle;
    this.#life = new ConnectionLife(engine.options, engine.wheel.nowMs);
    this.#deadline = new UpstreamDeadline(engine, this);
    engine.upstreams.add(this);
    engine.counters.add('upstream_connections');
    this.#socket = connectTo(endpoint, engine, { reader: this, ...(links && { links }) });
    this.#wire = this.#socket.wire;
    tellOwner(this.#socket, this, engine.log);
    this.#deadline.wait(connectTimeoutMs ?? engine.options.connectTimeoutMs);
  }

  get isConnected(): boolean {
    return this.#state !== STATE.connecting;
  }

  get isUsable(): boolean {
    return this.#state === STATE.idle && !this.#wire.isClosed;
  }

  get isCongested(): boolean {
    return this.#wire.isBlocked;
  }

  attach(user: UpstreamUser): void {
    this.#user = user;
    this.endpoint.inFlight += 1;
    this.#life.countRequest();
    this.#interims = 0;
    this.hasAnswerBytes = false;
    if (this.#state !== STATE.idle) return;
    this.isReused = true;
    this.#state = STATE.head;
    this.#deadline.stop();
  }

  bodyText(text: string): void {
    this.#wire.text(text);
  }

  bodyBytes(buffer: Buffer, start: number, end: number): void {
    this.#wire.bytes(buffer, start, end);
  }

  awaitAnswer(): void {
    if (this.#state === STATE.head) this.#deadline.head(this.#user?.request.timeouts);
  }

  /** Meanwhile it is the client that is waited for. */
  pause(): void {
    this.#wire.readUnless(true);
    this.#deadline.stop();
  }

  resume(): void {
    this.#wire.readUnless(false);
    this.#deadline.onRead();
  }

  end(): void {
    this.#socket.end();
  }

  abandon(): void {
    this.#detach();
    if (this.#state === STATE.tunnel) this.#endSoon();
    else this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onTimer(): void {
    if (this.#state === STATE.connecting) this.#fail('connect-timeout');
    else if (this.#user === null || this.#state === STATE.tunnel) this.#socket.destroy();
    // An endpoint that is still being sent the request may have nothing more to say yet.
    else if (!this.#user.isRequestSent) this.#deadline.onRead();
    else this.#fail('answer-timeout');
  }

  #detach(): UpstreamUser | null {
    const user = this.#user;
    if (user !== null) this.endpoint.inFlight -= 1;
    this.#user = null;
    return user;
  }

  #fail(failure: UpstreamFailure): void {
    const user = this.#detach();
    this.#socket.destroy();
    if (this.#state === STATE.body) user?.onTruncated(failure);
    else user?.onFailure(failure);
  }

  onDrain(): void {
    this.#user?.onUpstreamDrain();
  }

  onConnect(): void {
    this.#deadline.stop();
    this.#state = STATE.head;
    this.#user?.onConnected();
  }

  onEnd(): void {
    const user = this.#user;
    if (user !== null && this.#state === STATE.tunnel) {
      this.#endSoon();
      user.onTunnelEnd();
    } else if (user !== null && this.#state === STATE.body && this.#framing.isUntilClose) {
      this.#framing.end(user);
      this.#finish(false);
    } else this.#socket.destroy();
  }

  /** P29: what came for it is still sent, then it closes; a peer that does not read does not hold it for ever. */
  #endSoon(): void {
    this.#deadline.wait(this.#engine.options.stallTimeoutMs);
    this.#socket.destroySoon();
  }

  onClose(): void {
    const state = this.#state;
    this.#state = STATE.closed;
    this.#deadline.remove();
    this.#engine.upstreams.delete(this);
    const at = this.#idle.lastIndexOf(this);
    if (at !== -1) this.#idle.splice(at, 1);
    const user = this.#detach();
    if (user === null) return;
    if (state === STATE.body) user.onTruncated('reset');
    else if (state === STATE.tunnel) user.onTunnelEnd();
    else user.onFailure(failureOf(this.#socket, state === STATE.connecting ? 'connect' : 'reset'));
  }

  onRead(count: number): void {
    const user = this.#user;
    const buffer = this.#engine.readBuffer;
    if (user === null) {
      // P17: with no request outstanding it is no answer, whatever it looks like.
      this.#engine.counters.add('upstream_unsolicited');
      this.#socket.destroy();
      return;
    }
    if (this.#state === STATE.head) {
      this.hasAnswerBytes = true;
      const { bytes, end } = this.#heads.withHeld(buffer, count);
      this.#readHeads(user, bytes, end);
      return;
    }
    this.#deadline.onRead();
    if (this.#state === STATE.body) this.#readBody(buffer, 0, count);
    else user.bodyBytes(buffer, 0, count);
  }

  /** Reads heads until one is final or incomplete. `buffer` holds stale bytes behind `end`. */
  #readHeads(user: UpstreamUser, buffer: Buffer, end: number): void {
    let start = 0;
    while (this.#state === STATE.head) {
      const head = this.#engine.responseHead;
      start = this.#heads.read(head, buffer, start, end);
      if (start === FAULTY) this.#refuse();
      if (start === FAULTY || start === PARTIAL) return;
      if (!head.isInterim) {
        // Nothing may follow it here: the connection may already work for the next request.
        this.#finalHead(buffer, start, end);
        return;
      }
      if (!this.#interimHead(user, head) || start === end) return;
    }
    if (this.#state === STATE.tunnel && start < end) user.bodyBytes(buffer, start, end);
  }

  /** False: that was the end of this connection. */
  #interimHead(user: UpstreamUser, head: ResponseHead): boolean {
    this.#interims += 1;
    const isUnasked = head.status === 101 && !isOffered(head.upgrade, user.request.upgrade);
    if (isUnasked || this.#interims > MAX_INTERIM_ANSWERS) {
      this.#refuse();
      return false;
    }
    if (head.status === 101) {
      this.#state = STATE.tunnel;
      this.#deadline.tunnel(user.request.timeouts);
      user.onTunnel(head);
    } else user.onInterim(head);
    return this.#user === user;
  }

  #refuse(): void {
    this.#engine.counters.add('upstream_faults');
    this.#fail('fault');
  }

  #finalHead(buffer: Buffer, start: number, end: number): void {
    const user = this.#user;
    if (user === null) return;
    const head = this.#engine.responseHead;
    this.#deadline.stop();
    const framing = framingOf(head, user.request);
    this.#framing.begin(framing, head.contentLength, head.connectionOptions);
    this.#life.read(head, this.#framing.isUntilClose);
    this.#state = STATE.body;
    const isWhole =
      framing === FRAMING.length && end - start === head.contentLength && end - start <= SMALL_BODY_BYTES;
    const isInText = isWhole && head.restLength === head.contentLength;
    const text = user.answerHead(head, framing, isInText);
    if (isWhole) {
      user.bodyText(isInText ? text : text + buffer.toString('latin1', start, end));
      this.#finish(false);
      return;
    }
    this.#deadline.body(user.request.timeouts);
    user.bodyText(text);
    this.#readBody(buffer, start, end);
  }

  #readBody(buffer: Buffer, start: number, end: number): void {
    const user = this.#user;
    if (user === null) return;
    const at = this.#framing.take(buffer, start, end, user);
    if (this.#framing.failed) this.#refuse();
    else if (this.#framing.done) this.#finish(at < end);
  }

  /** The answer is complete. After this the connection may already work for another request. */
  #finish(hasExtraBytes: boolean): void {
    const user = this.#detach();
    if (hasExtraBytes) this.#engine.counters.add('upstream_unsolicited');
    if (!hasExtraBytes && this.#mayBeKept(user)) {
      this.#state = STATE.idle;
      this.#wire.readUnless(false);
      this.#idle.push(this);
      this.#deadline.wait(this.#life.idleMs);
    } else this.#socket.destroy();
    const { trailers } = this.#framing;
    if (trailers !== '') user?.onTrailers(trailers);
    user?.onAnswered();
  }

  #mayBeKept(user: UpstreamUser | null): boolean {
    return (
      this.#life.goesOn(this.#engine.wheel.nowMs) &&
      user?.isRequestSent === true &&
      // S8: whatever the backend made of an upgrade, nobody else's request goes behind it.
      !user.request.wantsUpgrade &&
      this.#wire.isEmpty &&
      !this.#wire.isClosed &&
      !this.endpoint.retired &&
      !this.#engine.isDraining &&
      this.#idle.length < this.#engine.options.maxIdlePerEndpoint
    );
  }
}
