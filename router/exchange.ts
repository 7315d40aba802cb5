import type { Answer, Forward } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import { type Engine, SMALL_BODY_BYTES } from './engine.ts';
import { errorAnswer } from './error-page.ts';
import type { ExchangeOwner } from './exchange-owner.ts';
import { BodyFraming, FRAMING, type Framing } from './http1/body-framing.ts';
import type { BodySink } from './http1/chunked-body.ts';
import { forwardedHead, isForwardablePath } from './http1/forwarded-head.ts';
import { HEAD_FAULT, type HeadFault } from './http1/head-fault.ts';
import { isIdempotent } from './http1/methods.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import type { Pool } from './pool.ts';
import { randomId } from './random.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import { FAILURE, FAILURE_COUNTER } from './upstream-failure.ts';
import type { UpstreamFailure, UpstreamUser } from './upstream-user.ts';

const NOWHERE: BodySink = { bodyBytes: () => undefined, bodyText: () => undefined };

/** One request and its answer; one object for all exchanges of a connection, which come one after the other. */
export class Exchange implements UpstreamUser {
  isHead = false;
  clientMinorVersion: 0 | 1 = 1;
  wantsUpgrade = false;
  /** True if the client's connection ends with this answer. */
  closes = false;
  isTunnel = false;
  hasAnswerHead = false;
  /** True while the client holds its body back for a 100 (RFC 9110 10.1.1). */
  isAwaitingContinue = false;
  /** Where the request's body ends. */
  readonly #request = new BodyFraming();
  readonly #engine: Engine;
  readonly #owner: ExchangeOwner;
  #upstream: UpstreamConnection | null = null;
  #pool: Pool | null = null;
  #track: string | null = null;
  /** The head as the client or the upstream has it: kept for a retry, and for what an error page asks of it. */
  #headText = '';
  #requestId = '';
  #mintedLines = '';
  #isReplayable = false;
  #isRetried = false;
  #isDelimited = true;

  constructor(engine: Engine, owner: ExchangeOwner) {
    this.#engine = engine;
    this.#owner = owner;
  }

  get isRequestSent(): boolean {
    return this.#request.done;
  }

  /** True while body bytes may be handed to `takeBody`. */
  get isReady(): boolean {
    return this.#upstream?.isConnected === true;
  }

  get isCongested(): boolean {
    return this.#upstream?.isCongested === true;
  }

  /** Takes over from the shared head what is needed after this call. */
  begin(head: RequestHead): void {
    this.isHead = head.method === 'HEAD';
    this.clientMinorVersion = head.minorVersion;
    this.wantsUpgrade = head.upgrade !== '';
    this.closes = head.closes;
    this.isTunnel = false;
    this.hasAnswerHead = false;
    this.isAwaitingContinue = head.expectsContinue;
    this.#request.begin(
      head.isChunked ? FRAMING.chunked : head.contentLength > 0 ? FRAMING.length : FRAMING.none,
      head.contentLength,
    );
    this.#requestId = head.requestId === '' ? randomId() : head.requestId;
    this.#headText = head.text;
    this.#mintedLines = '';
    this.#track = null;
    this.#isRetried = false;
    this.#isDelimited = true;
  }

  /** Answers a head, or the lack of one, that was refused; nothing after it can be read. */
  refuse(fault: HeadFault, headText: string): void {
    this.#engine.counters.add('refused');
    this.isHead = headText.startsWith('HEAD ');
    this.closes = true;
    this.hasAnswerHead = false;
    this.#request.begin(FRAMING.none, 0);
    this.#requestId = randomId();
    this.#headText = headText;
    this.#mintedLines = '';
    this.#track = null;
    this.answer(fault);
  }

  /** Sends the request of `head` where routing said. */
  forward(head: RequestHead, { pool, track, trackLine, rewritePath, fellBack }: Forward): void {
    const rewrittenPath = rewritePath === null ? null : rewritePath(head.path);
    this.#mintedLines = head.mintedLines();
    if (rewrittenPath !== null && !isForwardablePath(rewrittenPath)) {
      this.answer({
        status: 503,
        code: 'BadRewrite',
        reason: 'The rewrite of this route gives no valid path.',
      });
      return;
    }
    if (fellBack) this.#engine.counters.add('fallbacks');
    this.#headText = forwardedHead(head, {
      peerLines: this.#owner.peerLines,
      clientAddress: this.#owner.clientAddress,
      localAuthority: this.#owner.localAuthority,
      requestId: this.#requestId,
      trackLine,
      rewrittenPath,
    });
    this.#isReplayable = this.#request.framing === FRAMING.none && isIdempotent(head.method);
    this.#pool = pool;
    this.#track = track;
    this.#connect(null);
  }

  /** Gives routing's own answer. */
  decline(head: RequestHead, answer: Answer): void {
    this.#engine.counters.add('unrouted');
    this.#mintedLines = head.mintedLines();
    this.answer(answer);
  }

  /** Sends the head and what is there of the body; returns how much of `held` that was. */
  send(held: Buffer | null): number {
    const upstream = this.#upstream;
    if (upstream === null) return 0;
    if (this.#request.done || held === null) {
      upstream.write(this.#headText);
      if (this.#request.done) upstream.awaitAnswer();
      return 0;
    }
    const { framing, remaining } = this.#request;
    if (framing === FRAMING.length && remaining <= held.length && remaining <= SMALL_BODY_BYTES) {
      upstream.write(this.#headText + held.toString('latin1', 0, remaining));
      this.#request.remaining = 0;
      upstream.awaitAnswer();
      return remaining;
    }
    upstream.write(this.#headText);
    return this.takeBody(held);
  }

  /** Passes on what belongs to this request's body; returns where it ends in `bytes`. */
  takeBody(bytes: Buffer): number {
    const upstream = this.#upstream;
    if (upstream === null) return 0;
    this.isAwaitingContinue = false;
    const at = this.#request.take(bytes, 0, bytes.length, upstream);
    if (this.#request.failed) this.#badBody();
    else if (this.#request.done) upstream.awaitAnswer();
    return at;
  }

  /** Reads past the body of a request that is answered already; -1 if it turns out to be none. */
  skipBody(bytes: Buffer): number {
    const at = this.#request.take(bytes, 0, bytes.length, NOWHERE);
    return this.#request.failed ? -1 : at;
  }

  sendTunnelBytes(bytes: Buffer): void {
    this.#upstream?.bodyBytes(bytes, 0, bytes.length);
  }

  endTunnel(): void {
    this.#upstream?.end();
  }

  onClientDrain(): void {
    this.#upstream?.resume();
  }

  /** The client went away, or its answer must not go on. */
  abandon(): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    upstream?.abandon();
  }

  /** Answers in the backend's place. */
  answer({
    status,
    code,
    reason,
  }: {
    readonly status: number;
    readonly code: string;
    readonly reason: string;
  }): void {
    this.abandon();
    this.hasAnswerHead = true;
    if (this.#engine.isDraining) this.closes = true;
    this.#engine.counters.answered(this.#track, status);
    const text = errorAnswer({
      status,
      code,
      reason,
      requestId: this.#requestId,
      isJson: /\r\naccept:[^\r]*\bapplication\/json\b/i.test(this.#headText),
      withoutBody: this.isHead,
      closes: this.closes,
      dateLine: this.#engine.dateLine(),
      mintedLines: this.#mintedLines,
    });
    this.#owner.socket.write(text, 'latin1');
    this.#owner.onExchangeEnd();
  }

  onConnected(): void {
    this.#owner.onUpstreamReady();
  }

  onFailure(failure: UpstreamFailure): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    const counter = FAILURE_COUNTER[failure];
    if (counter !== null) this.#engine.counters.add(counter);
    if (upstream !== null && this.#mayRetry(failure, upstream)) {
      this.#isRetried = true;
      this.#engine.counters.add('retries');
      this.#connect(upstream.endpoint);
    } else this.answer(FAILURE[failure]);
  }

  onInterim(head: ResponseHead): void {
    if (head.status === 100) this.isAwaitingContinue = false;
    // P24: HTTP/1.0 knows no 1xx.
    if (this.clientMinorVersion === 1) this.#owner.socket.write(head.interimForClient(), 'latin1');
  }

  answerHead(head: ResponseHead, framing: Framing): string {
    this.hasAnswerHead = true;
    this.#isDelimited = framing !== FRAMING.untilClose && framing !== FRAMING.dechunked;
    // A client that waits for a 100 may leave its body out or send it after all: nothing after it is certain.
    if (this.#engine.isDraining || !this.#isDelimited || (this.isAwaitingContinue && !this.isRequestSent)) {
      this.closes = true;
    }
    this.#engine.counters.answered(this.#track, head.status);
    const isChunked =
      framing === FRAMING.chunked ||
      framing === FRAMING.rechunked ||
      (this.isHead && head.isChunked && this.clientMinorVersion === 1);
    return head.forClient({
      closes: this.closes,
      isChunked,
      mintedLines: this.#mintedLines,
      dateLine: this.#engine.dateLine(),
    });
  }

  bodyText(text: string): void {
    this.#owner.socket.write(text, 'latin1');
    this.#checkFlow();
  }

  /** The buffer is shared by all upstream sockets: what a write keeps must be a copy. */
  bodyBytes(buffer: Buffer, start: number, end: number): void {
    if (end - start <= SMALL_BODY_BYTES)
      this.#owner.socket.write(buffer.toString('latin1', start, end), 'latin1');
    else this.#owner.socket.write(Buffer.from(buffer.subarray(start, end)));
    this.#checkFlow();
  }

  onAnswered(): void {
    this.#upstream = null;
    this.#owner.onExchangeEnd();
  }

  onTruncated(): void {
    this.#upstream = null;
    this.#engine.counters.add('upstream_resets');
    this.#owner.onAnswerBroken(this.#isDelimited);
  }

  onTunnel(head: ResponseHead): void {
    this.isTunnel = true;
    this.hasAnswerHead = true;
    this.#engine.counters.add('tunnels');
    this.#engine.counters.answered(this.#track, 101);
    this.#owner.socket.write(head.interimForClient(), 'latin1');
    this.#owner.onUpstreamReady();
  }

  onTunnelEnd(): void {
    this.#upstream = null;
    this.#owner.onTunnelEnd();
  }

  onUpstreamDrain(): void {
    this.#owner.onUpstreamDrain();
  }

  #checkFlow(): void {
    const { socket } = this.#owner;
    if (!socket.writableNeedDrain || socket.writableLength === 0) return;
    this.#upstream?.pause();
    this.#owner.onAnswerBlocked();
  }

  /** `failed`: the endpoint that a retry should not meet again. */
  #connect(failed: Endpoint | null): void {
    const endpoint = this.#pool?.pick(failed);
    if (endpoint === undefined) {
      this.answer({ status: 503, code: 'NoEndpoint', reason: 'No pod is ready to serve this request.' });
      return;
    }
    // A retry takes a new socket: other idle ones may have died with the first.
    const idle = failed === null ? endpoint.takeIdle() : undefined;
    this.#upstream = idle ?? new UpstreamConnection(this.#engine, endpoint);
    this.#upstream.attach(this);
    if (idle !== undefined) this.#owner.onUpstreamReady();
  }

  /** P26 and DESIGN 7, "Failure": any method while nothing was handed over, else only what may be sent twice. */
  #mayRetry(failure: UpstreamFailure, { isReused, hasAnswerBytes, endpoint }: UpstreamConnection): boolean {
    if (this.#isRetried) return false;
    const hasOther = this.#pool?.pick(endpoint) !== endpoint;
    if (failure === 'connect' || failure === 'connect-timeout') return hasOther;
    return failure === 'reset' && this.#isReplayable && !hasAnswerBytes && (isReused || hasOther);
  }

  #badBody(): void {
    this.#engine.counters.add('refused');
    this.closes = true;
    if (this.hasAnswerHead) {
      this.abandon();
      this.#owner.onAnswerBroken(this.#isDelimited);
    } else this.answer(HEAD_FAULT.body);
  }
}
