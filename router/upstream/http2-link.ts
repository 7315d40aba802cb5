import { BodyFraming, FRAMING, SMALL_BODY_BYTES } from '../http1/body-framing.ts';
import { MAX_INTERIM_ANSWERS, type ResponseHead } from '../http1/response-head.ts';
import { answerText } from '../http2/answer-text.ts';
import { ERROR_CODE, type ErrorCode } from '../http2/error-code.ts';
import type { FieldSection } from '../http2/hpack/field-section.ts';
import type { Http2Stream } from '../http2/stream.ts';
import { trailerLines } from '../http2/trailer-lines.ts';
import type { TimerOwner } from '../timer-wheel.ts';
import type { CarriedLink, LinkCarrier } from './link-carrier.ts';
import { UpstreamDeadline } from './upstream-deadline.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { framingOf, type UpstreamFailure, type UpstreamUser } from './upstream-user.ts';

/** One exchange on an HTTP/2 connection to an endpoint: a stream of it, once it takes one. */
export class Http2Link implements CarriedLink, UpstreamLink, TimerOwner {
  readonly framesBodies = true;
  isReused = false;
  hasAnswerBytes = false;
  #connection: LinkCarrier;
  #user: UpstreamUser | null = null;
  /** Null: no request has been sent on this connection. */
  #stream: Http2Stream | null = null;
  readonly #deadline: UpstreamDeadline;
  readonly #framing = new BodyFraming();
  #hasHead = false;
  #interims = 0;
  /** The answer's head while its body may still come in the same read: then both are one write. */
  #headText = '';
  /** Bytes that the client has no room for: the pod gets no credit for them. */
  #owed = 0;
  #isPaused = false;
  #isFull = false;

  constructor(connection: LinkCarrier) {
    this.#connection = connection;
    this.#deadline = new UpstreamDeadline(connection.engine, this);
  }

  get isConnected(): boolean {
    return this.#user !== null && this.#connection.isOpen;
  }

  /** It is never kept. */
  get isUsable(): boolean {
    return false;
  }

  get isCongested(): boolean {
    this.#isFull = this.#stream?.isBlocked === true || this.#connection.isBlocked;
    return this.#isFull;
  }

  attach(user: UpstreamUser): void {
    this.#user = user;
    this.#connection.endpoint.inFlight += 1;
    this.#join(this.#connection);
  }

  #join(connection: LinkCarrier): void {
    this.#connection = connection;
    this.isReused = connection.hasServed;
    connection.links.add(this);
  }

  bodyText(text: string): void {
    if (this.#stream !== null) {
      this.#stream.text(text);
      this.#moved();
    } else if (this.#connection.isOpen) this.#begin(text);
  }

  bodyBytes(buffer: Buffer, start: number, end: number): void {
    this.#stream?.data(buffer, start, end);
    this.#moved();
  }

  /** A call is silent where nothing goes either way, and nobody waits for the client to read. */
  #moved(): void {
    if (!this.#isPaused) this.#deadline.onRead();
  }

  /** The head, and what there is of the body. */
  #begin(text: string): void {
    const end = text.indexOf('\r\n\r\n') + 4;
    const stream = this.#connection.request(end === text.length ? text : text.slice(0, end));
    if (stream === null) {
      this.#moveOn();
      return;
    }
    stream.owner = this;
    this.#stream = stream;
    if (end < text.length) stream.text(text.slice(end));
  }

  /** This connection takes no more streams: another one to the same endpoint is sent what was meant for it. */
  #moveOn(): void {
    const before = this.#connection;
    before.links.delete(this);
    this.#stream = null;
    this.#deadline.stop();
    this.#join(before.next());
    before.endIfIdle();
  }

  awaitAnswer(trailers: string): void {
    const stream = this.#stream;
    if (stream === null) return;
    if (trailers === '') stream.end();
    else stream.trailers(trailers);
    if (!this.#hasHead) this.#deadline.head(this.#user?.request.timeouts);
  }

  /** Meanwhile it is the client that is waited for. */
  pause(): void {
    this.#isPaused = true;
    this.#deadline.stop();
  }

  resume(): void {
    this.#isPaused = false;
    this.#credit();
    this.#deadline.onRead();
  }

  end(): void {
    this.#stream?.end();
  }

  abandon(): void {
    if (this.#detach() !== null) this.#leave(ERROR_CODE.cancel);
  }

  destroy(): void {
    this.abandon();
  }

  onTimer(): void {
    this.#fail('answer-timeout');
  }

  /** The connection is open: the request may be sent, or sent again. */
  onOpen(): void {
    this.#user?.onConnected();
  }

  /** Room again, of the stream or of the connection. */
  onWritable(): void {
    if (!this.#isFull || this.isCongested) return;
    this.#user?.onUpstreamDrain();
  }

  /** The connection is gone, or was never made. */
  onLost(failure: UpstreamFailure): void {
    this.#stream = null;
    this.#fail(failure);
  }

  /** The stream is over: the pod has reset it, or the session because of what the pod sent. */
  onReset(code: ErrorCode, byPeer: boolean): void {
    this.#stream = null;
    if (!byPeer) this.#connection.engine.counters.add('upstream_faults');
    if (byPeer && code === ERROR_CODE.refusedStream && !this.hasAnswerBytes) this.#fail('refused');
    else this.#fail(byPeer ? 'reset' : 'fault');
  }

  onHead(fields: FieldSection, endsStream: boolean): void {
    const user = this.#user;
    if (user === null) return;
    this.hasAnswerBytes = true;
    const head = this.#connection.engine.responseHead;
    const answer = answerText(fields);
    if (answer.kind === 'malformed' || head.parse(answer.text) !== null) this.#refuse();
    else if (head.isInterim) this.#interimHead(user, head, endsStream);
    else this.#finalHead(user, head, endsStream);
  }

  #interimHead(user: UpstreamUser, head: ResponseHead, endsStream: boolean): void {
    this.#interims += 1;
    // RFC 9113 8.1: no answer ends with a 1xx.
    if (endsStream || this.#interims > MAX_INTERIM_ANSWERS) this.#refuse();
    else user.onInterim(head);
  }

  #finalHead(user: UpstreamUser, head: ResponseHead, endsStream: boolean): void {
    const framing = framingOf(head, user.request);
    this.#framing.begin(framing, head.contentLength);
    this.#hasHead = true;
    this.#headText = user.answerHead(head, framing, false);
    this.#connection.hold(this);
    if (endsStream) this.#endAnswer(user, '');
    else this.#deadline.body(user.request.timeouts);
  }

  /** Writes the head that was held back for a body. */
  release(): void {
    const text = this.#headText;
    if (text === '') return;
    this.#headText = '';
    this.#user?.bodyText(text);
  }

  onData(buffer: Buffer, start: number, end: number, endsStream: boolean): void {
    const user = this.#user;
    if (user === null) return;
    this.#owed += end - start;
    this.#moved();
    const framing = this.#framing;
    const isWhole = endsStream && framing.framing === FRAMING.length && end - start === framing.remaining;
    if (isWhole && end - start <= SMALL_BODY_BYTES && this.#headText !== '') {
      this.#headText += buffer.toString('latin1', start, end);
      framing.remaining = 0;
    } else {
      this.release();
      // Behind the end that was announced: the answer is not what it said (RFC 9113 8.1.1).
      if (framing.take(buffer, start, end, user) < end) {
        this.#extraData(user);
        return;
      }
    }
    if (endsStream) this.#endAnswer(user, '');
    else if (!this.#isPaused) this.#credit();
  }

  onTrailers(fields: FieldSection): void {
    const user = this.#user;
    if (user === null) return;
    const lines = this.#hasHead ? trailerLines(fields) : null;
    if (lines === null) this.#refuse();
    else this.#endAnswer(user, lines);
  }

  #endAnswer(user: UpstreamUser, trailers: string): void {
    this.release();
    const framing = this.#framing;
    if (framing.framing === FRAMING.length && framing.remaining > 0) {
      this.#refuse();
      return;
    }
    if (framing.isUntilClose) framing.end(user, trailers);
    if (framing.framing === FRAMING.untilClose && trailers !== '') user.onTrailers(trailers);
    this.#finish(user);
  }

  /** As bytes that nobody asked for: what was announced is whole, and the stream is used for nothing else. */
  #extraData(user: UpstreamUser): void {
    this.#connection.engine.counters.add('upstream_unsolicited');
    if (this.#framing.done) this.#finish(user);
    else this.#refuse();
  }

  /** The answer is complete; a pod that gave it early need not be sent the rest (RFC 9113 8.1). */
  #finish(user: UpstreamUser): void {
    this.#detach();
    this.#leave(ERROR_CODE.noError);
    user.onAnswered();
  }

  #refuse(): void {
    this.#connection.engine.counters.add('upstream_faults');
    this.#fail('fault', ERROR_CODE.protocolError);
  }

  #fail(failure: UpstreamFailure, code: ErrorCode = ERROR_CODE.cancel): void {
    this.release();
    const user = this.#detach();
    this.#leave(code);
    if (!this.#hasHead) user?.onFailure(failure);
    // Nothing was to follow its head.
    else if (this.#framing.framing === FRAMING.none) user?.onAnswered();
    else user?.onTruncated(failure);
  }

  #detach(): UpstreamUser | null {
    const user = this.#user;
    if (user !== null) this.#connection.endpoint.inFlight -= 1;
    this.#user = null;
    return user;
  }

  /** Lets go of the stream; one that is not over in both directions is reset. */
  #leave(code: ErrorCode): void {
    this.#deadline.remove();
    const stream = this.#stream;
    this.#stream = null;
    if (stream !== null) {
      this.#credit(stream);
      stream.owner = null;
      if (!stream.isClosed) stream.reset(code);
    }
    this.#connection.onLinkEnd(this);
  }

  #credit(stream = this.#stream): void {
    if (this.#owed > 0) stream?.consume(this.#owed);
    this.#owed = 0;
  }
}
