import type { Engine } from '../engine.ts';
import { endsByClose, type Framing } from '../http1/body-framing.ts';
import { forwardedHead } from '../http1/forwarded-head.ts';
import { HEAD_FAULT, type HeadFault } from '../http1/head-fault.ts';
import { isIdempotent } from '../http1/methods.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { BODY_TOO_LARGE } from '../policies/body-size.ts';
import type { Forward } from '../routing/decision.ts';
import { FAILURE } from '../upstream/upstream-failure.ts';
import type { UpstreamLink } from '../upstream/upstream-link.ts';
import { UpstreamTries } from '../upstream/upstream-tries.ts';
import { isChunkedFor, type UpstreamFailure, type UpstreamUser } from '../upstream/upstream-user.ts';
import type { ExchangeOwner } from './exchange-owner.ts';
import type { OwnAnswer } from './own-answer.ts';
import { RequestBody } from './request-body.ts';
import { OWN_ANSWER, RequestNotes } from './request-notes.ts';
import { type Gated, RouteGate } from './route-gate.ts';
import { WebSocketFrames } from './web-socket-frames.ts';

/** One request and its answer; one object for all exchanges of a connection, which come one after the other. */
export class Exchange implements UpstreamUser, Gated {
  readonly request: RequestNotes;
  /** True if the client's connection ends with this answer. */
  closes = false;
  isTunnel = false;
  hasAnswerHead = false;
  readonly #body = new RequestBody();
  readonly #engine: Engine;
  readonly #owner: ExchangeOwner;
  readonly #tries: UpstreamTries;
  readonly #gate: RouteGate;
  #upstream: UpstreamLink | null = null;
  #track: string | null = null;
  #isDelimited = true;
  /** Null: there is no tunnel, or one of another protocol. */
  #webSocket: WebSocketFrames | null = null;

  constructor(engine: Engine, owner: ExchangeOwner) {
    this.#engine = engine;
    this.#owner = owner;
    this.request = new RequestNotes(owner.isFramed);
    this.#tries = new UpstreamTries(engine);
    this.#gate = new RouteGate(engine, owner.peer, this);
  }

  get isRequestSent(): boolean {
    return this.#body.done;
  }

  get takesBody(): boolean {
    return this.#upstream?.isConnected === true;
  }

  get isCongested(): boolean {
    return this.#upstream?.isCongested === true;
  }

  /** True where both sides may speak, as in gRPC: the link to the pod ends what is silent both ways, whoever ought to speak. */
  get isConversation(): boolean {
    return this.hasAnswerHead && this.#upstream?.framesBodies === true;
  }

  /** How long the backend may take nothing of the body; undefined: as long as the listener says. */
  get sendTimeoutMs(): number | undefined {
    return this.isCongested ? (this.request.timeouts?.sendMs ?? undefined) : undefined;
  }

  /** Answers the request of `head` as routing decides; where a policy needs time, that is later. */
  run(head: RequestHead): void {
    this.request.take(head);
    this.#reset(head);
    this.#gate.pass(head);
  }

  /** Answers a head, or the lack of one, that was refused; nothing after it can be read. */
  refuse(fault: HeadFault, headText: string): void {
    this.#engine.counters.add('refused');
    this.request.takeRefused(headText);
    this.#reset(null);
    this.closes = true;
    this.answer(fault);
  }

  #reset(head: RequestHead | null): void {
    this.closes = head?.closes === true;
    this.isTunnel = false;
    this.hasAnswerHead = false;
    this.#body.start(head, this.#owner.isFramed);
    this.#track = null;
    this.#webSocket = null;
  }

  /** Sends the request of `head` where routing said. */
  forward(head: RequestHead, decision: Forward, rewrittenPath: string | null): void {
    const { track, trackLine } = decision;
    if (decision.fellBack) this.#engine.counters.add('fallbacks');
    this.#tries.begin(decision, head, this.#body.done && isIdempotent(head.method));
    const { checks } = this.#gate;
    if (checks !== null) {
      this.#body.limitTo(checks.maxBodyBytes);
      checks.edit(head);
    }
    const added = { peer: this.#owner.peer, requestId: this.request.requestId, trackLine, rewrittenPath };
    this.request.headText = forwardedHead(head, added);
    this.#track = track;
    this.#connect();
  }

  /** Sends the head and what is there of the body; returns how much of `held` that was. */
  send(held: Buffer | null): number {
    const upstream = this.#upstream;
    return upstream === null ? 0 : this.#sent(this.#body.send(upstream, this.request.headText, held));
  }

  /** Passes on what belongs to this request's body; returns where it ends in `bytes`. */
  takeBody(bytes: Buffer): number {
    return this.#upstream === null ? 0 : this.#sent(this.#body.pass(this.#upstream, bytes));
  }

  /** The client says by its own framing that the body is whole. */
  endBody(): void {
    if (this.#upstream === null || this.#body.done) return;
    this.#body.end(this.#upstream);
    this.#sent(0);
  }

  /** Reads past the body of a request that is answered already; -1 if it turns out to be none. */
  skipBody(bytes: Buffer): number {
    return this.#body.skip(bytes);
  }

  sendTunnelBytes(bytes: Buffer): void {
    this.#webSocket?.fromClient(bytes);
    this.#upstream?.bodyBytes(bytes, 0, bytes.length);
  }

  endTunnel(): void {
    this.#webSocket?.endToPod();
    this.#upstream?.end();
  }

  /** Ends a WebSocket between two frames, with a word to both ends (R2); false: it is none, or has had its time for that. */
  leave(): boolean {
    if (this.#webSocket?.leave() !== true) return false;
    this.#endIfLeft();
    return true;
  }

  onClientDrain(): void {
    this.#upstream?.resume();
  }

  /** The client went away, or its answer must not go on. */
  abandon(): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    this.request.over();
    upstream?.abandon();
  }

  /** Answers in the backend's place. */
  answer(own: OwnAnswer): void {
    this.abandon();
    this.hasAnswerHead = true;
    if (this.#engine.isDraining || own.closes === true || this.#body.mayBeLeftOut) this.closes = true;
    if (own.counter !== undefined) this.#engine.counters.add(own.counter);
    this.#engine.counters.answered(this.#track, own.status);
    this.#owner.wire.text(this.request.ownAnswer(own, this.closes, this.#engine.dateLine()));
    this.#owner.onExchangeEnd();
  }

  /** The request's body has not moved for too long: whose fault is it? */
  onUploadStall(): void {
    this.closes = true;
    if (this.isCongested || this.#body.isAwaited) this.onFailure('answer-timeout');
    else this.answer(HEAD_FAULT.bodyTimeout);
  }

  onConnected(): void {
    this.#owner.onUpstreamReady();
  }

  onFailure(failure: UpstreamFailure): void {
    // Where it is given up from this side (a stall), it is still there: the answer lets go of it.
    const upstream = this.#upstream;
    if (upstream !== null && this.#tries.lost(failure, upstream, this.#body.canBeSentAgain)) this.#connect();
    else this.answer(FAILURE[failure]);
  }

  onInterim(head: ResponseHead): void {
    if (head.status === 100) this.#body.isAwaited = false;
    // P24: HTTP/1.0 knows no 1xx.
    if (this.request.clientVersion !== '1.0') this.#owner.wire.text(head.interimForClient());
  }

  answerHead(head: ResponseHead, framing: Framing, withBody: boolean): string {
    this.#isDelimited = this.#owner.isFramed || !endsByClose(framing);
    if (this.#engine.isDraining || !this.#isDelimited || this.#body.mayBeLeftOut) this.closes = true;
    return head.forClient({
      closes: this.closes,
      isChunked: isChunkedFor(this.request, head, framing),
      addedLines: this.#finalHead(head),
      dateLine: head.hasDate ? '' : this.#engine.dateLine(),
      withBody,
    });
  }

  /** No other head follows: it is counted, and edited as the route says. Returns the lines that come to it. */
  #finalHead(head: ResponseHead): string {
    this.hasAnswerHead = true;
    this.#tries.hasHead(head.status);
    this.#gate.checks?.onAnswer(head, this.request);
    this.#engine.counters.answered(this.#track, head.status);
    return this.request.addedLines(this.#tries.cookieLine);
  }

  bodyText(text: string): void {
    this.#owner.wire.text(text);
    this.#checkFlow();
  }

  bodyBytes(buffer: Buffer, start: number, end: number): void {
    const webSocket = this.#webSocket;
    this.#owner.wire.bytes(buffer, start, webSocket === null ? end : webSocket.fromPod(buffer, start, end));
    this.#checkFlow();
    if (webSocket !== null) this.#endIfLeft();
  }

  #endIfLeft(): void {
    if (this.#webSocket?.sayGoodbye(this.#owner.wire, this.#upstream) !== true) return;
    this.abandon();
    this.#owner.onTunnelEnd();
  }

  onTrailers(lines: string): void {
    this.#owner.onTrailers?.(lines);
  }

  onAnswered(): void {
    this.#upstream = null;
    this.#tries.answered();
    this.request.over();
    this.#owner.onExchangeEnd();
  }

  onTruncated(failure: UpstreamFailure): void {
    this.#upstream = null;
    this.#tries.brokeOff(failure);
    this.request.over();
    this.#owner.onAnswerBroken(this.#isDelimited);
  }

  onTunnel(head: ResponseHead): void {
    this.isTunnel = true;
    this.#webSocket = WebSocketFrames.of(head.upgrade);
    this.#engine.counters.add('tunnels');
    this.#owner.wire.text(head.interimForClient(this.#finalHead(head)));
    this.#tries.answered();
    this.#owner.onUpstreamReady();
  }

  onTunnelEnd(): void {
    this.#upstream = null;
    this.request.over();
    this.#owner.onTunnelEnd();
  }

  onUpstreamDrain(): void {
    this.#owner.onUpstreamDrain();
  }

  #checkFlow(): void {
    if (!this.#owner.wire.isBlocked) return;
    this.#upstream?.pause();
    this.#owner.onAnswerBlocked();
  }

  #connect(): void {
    this.#upstream = this.#tries.connect(this.request.timeouts?.connectMs ?? undefined);
    if (this.#upstream === null) this.answer(OWN_ANSWER.noEndpoint);
    else this.#upstream.attach(this);
    if (this.takesBody) this.#owner.onUpstreamReady();
  }

  #sent(count: number): number {
    if (this.#body.failed) this.#badBody();
    else if (this.#body.done) this.#upstream?.awaitAnswer(this.#body.trailers);
    return count;
  }

  #badBody(): void {
    this.#engine.counters.add('refused');
    this.closes = true;
    if (this.hasAnswerHead) {
      this.abandon();
      this.#owner.onAnswerBroken(this.#isDelimited);
    } else this.answer(this.#body.isTooLarge ? BODY_TOO_LARGE : HEAD_FAULT.body);
  }
}
