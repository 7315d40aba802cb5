import { ERROR_CODE, type ErrorCode } from './error-code.ts';
import { FloodGuard, MAX_CONTROL_FRAMES } from './flood-guard.ts';
import { DEFAULT_WINDOW, FLAG, MAX_WINDOW } from './frame.ts';
import { Outgoing } from './outgoing.ts';
import { PeerSettings } from './peer-settings.ts';
import { ReceiveWindow } from './receive-window.ts';
import type { Http2Events, SessionOptions } from './session-events.ts';
import { Http2Stream, type StreamLink } from './stream.ts';
import { StreamSet } from './stream-set.ts';

/** What our PING says that asks whether GOAWAY has arrived (RFC 9113 6.8). */
const SHUTDOWN_PING = Buffer.from('shutdown', 'latin1');

/** How far a shutdown is: the peer has been told to stop, and then what the last stream is. */
type Shutdown = 'none' | 'announced' | 'final';

/** The state of a connection that its frames and its streams share. */
export class Http2Connection implements StreamLink {
  readonly options: SessionOptions;
  readonly events: Http2Events;
  readonly outgoing: Outgoing;
  readonly streams = new StreamSet();
  readonly floods: FloodGuard;
  readonly isServer: boolean;
  /** After a fault nothing is read or written. */
  isDead = false;
  readonly #settings = new PeerSettings();
  readonly #window: ReceiveWindow;
  readonly #stop: () => void;
  readonly #onWritable: (stream: Http2Stream) => void;
  /** Until our SETTINGS are acknowledged a peer may go by the default. */
  #streamWindowAtFirst: number;
  #shutdown: Shutdown = 'none';
  #peerWentAway = false;

  /** `stop`: nothing more is to be read. */
  constructor(options: SessionOptions, events: Http2Events, stop: () => void) {
    this.options = options;
    this.events = events;
    this.isServer = options.role === 'server';
    this.#stop = stop;
    this.outgoing = new Outgoing(() => events.onOutput());
    this.floods = new FloodGuard(options.now, this.outgoing);
    // WINDOW_UPDATE can only make it larger.
    const size = Math.max(options.connectionWindow, DEFAULT_WINDOW);
    this.#window = new ReceiveWindow(size, size);
    this.#streamWindowAtFirst = Math.max(options.streamWindow, DEFAULT_WINDOW);
    this.#onWritable = stream => this.events.onWritable(stream);
  }

  /** True once it is told which stream is the last, and all have ended. */
  get isDrained(): boolean {
    return this.#shutdown === 'final' && this.streams.count === 0;
  }

  get refusesStreams(): boolean {
    return this.#shutdown === 'final';
  }

  /** Client role: true while a request may be sent. */
  get mayRequest(): boolean {
    const isOpen = !this.isDead && !this.#peerWentAway && this.#shutdown === 'none';
    return (
      isOpen && this.streams.count < this.#settings.maxStreams && this.streams.lastOwnId < MAX_WINDOW - 1
    );
  }

  isOwn(streamId: number): boolean {
    return (streamId & 1) === (this.isServer ? 0 : 1);
  }

  newStream(id: number): Http2Stream {
    const stream = new Http2Stream(id, this);
    this.streams.add(stream);
    return stream;
  }

  streamWindow(): ReceiveWindow {
    return new ReceiveWindow(this.options.streamWindow, this.#streamWindowAtFirst);
  }

  /** The connection ends, for what the peer did. */
  fault(code: ErrorCode, reason: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#stop();
    this.outgoing.goAway(this.streams.lastPeerId, code);
    for (const stream of this.streams.all()) stream.close();
    this.events.onFault(code, reason);
  }

  protocolFault(reason: string): void {
    this.fault(ERROR_CODE.protocolError, reason);
  }

  /** One stream ends, for what the peer did with it. */
  streamFault(stream: Http2Stream, code: ErrorCode): void {
    this.#reset(stream, code);
    this.events.onReset(stream, code, false);
    this.#countFault();
  }

  /** As `streamFault`, of a stream that the owner does not know. */
  refuse(streamId: number, code: ErrorCode): void {
    this.streams.rememberReset(streamId);
    this.outgoing.reset(streamId, code);
    this.#countFault();
  }

  /** The peer has reset it. In the client role that is an answer, and counts for nothing. */
  resetByPeer(stream: Http2Stream | undefined, code: ErrorCode): void {
    if (stream !== undefined) {
      stream.close();
      this.events.onReset(stream, code, true);
    }
    if (this.isServer && !this.floods.mayReset()) this.#tooManyResets();
  }

  resetByOwner(stream: Http2Stream, code: ErrorCode): void {
    this.#reset(stream, code);
    if (code === ERROR_CODE.protocolError) this.#countFault();
  }

  /** The peer has sent a frame that moves nothing. False if that was one too many, and the connection is over. */
  idleFrame(): boolean {
    if (this.isDead) return false;
    if (!this.floods.mayIdle()) {
      this.fault(ERROR_CODE.enhanceYourCalm, 'too many frames that move nothing');
    } else if (this.outgoing.controlFrames > MAX_CONTROL_FRAMES) {
      this.fault(ERROR_CODE.enhanceYourCalm, 'too many answers to its frames are not read');
    }
    return !this.isDead;
  }

  blocked(stream: Http2Stream): void {
    this.streams.block(stream);
  }

  closed(stream: Http2Stream, unread: number): void {
    this.streams.remove(stream);
    this.credit(unread);
  }

  /** False if the peer may not send so much. */
  received(bytes: number): boolean {
    return this.#window.take(bytes);
  }

  credit(bytes: number): void {
    const due = this.isDead ? 0 : this.#window.give(bytes);
    if (due > 0) this.outgoing.windowUpdate(0, due);
  }

  sendQueued(): void {
    this.streams.sendQueued(this.#onWritable);
  }

  settingsAcknowledged(): void {
    this.#streamWindowAtFirst = this.options.streamWindow;
  }

  /** The peer's SETTINGS, in payload[start, end). */
  takeSettings(payload: Buffer, start: number, end: number): void {
    const fault = this.#settings.take(payload, start, end, !this.isServer);
    if (fault !== null) {
      this.fault(fault, 'a setting is out of its range');
      return;
    }
    this.outgoing.settingsAck();
    const change = this.#settings.initialWindow - this.outgoing.initialWindow;
    this.outgoing.initialWindow = this.#settings.initialWindow;
    if (change === 0) return;
    for (const stream of this.streams.all()) {
      if (stream.widen(change)) continue;
      this.fault(ERROR_CODE.flowControlError, 'a setting makes the window of a stream too large');
      return;
    }
    if (change > 0) this.sendQueued();
  }

  /** RFC 9113 6.8: streams that are under way to us are still taken, until an answer to PING says that the peer knows. */
  shutdown(): void {
    if (this.isDead || this.#shutdown !== 'none') return;
    if (!this.isServer) {
      this.#finalGoAway();
      return;
    }
    this.#shutdown = 'announced';
    this.outgoing.goAway(MAX_WINDOW, ERROR_CODE.noError);
    this.outgoing.ping(FLAG.none, SHUTDOWN_PING, 0);
  }

  /** The connection is closed now: the peer is told which stream was the last. */
  sayLast(): void {
    if (!this.isDead && this.#shutdown !== 'final') this.#finalGoAway();
  }

  pingAcknowledged(payload: Buffer, start: number): void {
    if (this.#shutdown !== 'announced') return;
    if (payload.compare(SHUTDOWN_PING, 0, SHUTDOWN_PING.length, start, start + 8) === 0) this.#finalGoAway();
  }

  /** The peer's GOAWAY: what it will not process may be sent elsewhere. */
  peerGoesAway(lastStreamId: number, code: ErrorCode): void {
    this.#peerWentAway = true;
    if (!this.isServer) {
      for (const stream of this.streams.all()) {
        if (stream.id > lastStreamId) this.resetByPeer(stream, ERROR_CODE.refusedStream);
      }
    }
    this.events.onGoAway(lastStreamId, code);
  }

  #finalGoAway(): void {
    this.#shutdown = 'final';
    this.outgoing.goAway(this.streams.lastPeerId, ERROR_CODE.noError);
  }

  #reset(stream: Http2Stream, code: ErrorCode): void {
    this.streams.rememberReset(stream.id);
    this.outgoing.reset(stream.id, code);
    stream.close();
  }

  #countFault(): void {
    this.outgoing.controlFrames += 1;
    if (!this.floods.mayReset()) this.#tooManyResets();
  }

  #tooManyResets(): void {
    this.fault(ERROR_CODE.enhanceYourCalm, 'too many of its streams end by a reset');
  }
}
