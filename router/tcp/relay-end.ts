import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { type SocketOwner, tellOwner } from '../socket-events.ts';
import type { Wire } from '../wire.ts';
import type { FairTurns, TurnTaker } from './fair-turns.ts';

/** What a relay is told of its two ends. */
export interface RelayOwner {
  readonly engine: Engine;
  readonly turns: FairTurns;
  onConnected(end: RelayEnd): void;
  /** Bytes of this end have been passed on. */
  onRelayed(end: RelayEnd, count: number): void;
  /** Something else has moved: bytes have left, or a direction has ended. */
  onMoved(): void;
  onClosed(end: RelayEnd): void;
}

/** A peer that vanished without a word would otherwise hold its relay until the idle timeout, which may be long. */
const KEEP_ALIVE_MS = 60_000;

/** One of the two sockets of a relay: what it reads is the other one's to write. */
export class RelayEnd implements Reader, SocketOwner, TurnTaker {
  readonly socket: EngineSocket;
  readonly #wire: Wire;
  readonly #relay: RelayOwner;
  #other: RelayEnd | null = null;
  /** True once its peer has ended its direction. */
  hasEnded = false;
  isClosed = false;
  /** Our direction ends as soon as all bytes are the kernel's. */
  #isEnding = false;
  #isWaitingForTurn = false;

  constructor(relay: RelayOwner, socket: EngineSocket) {
    this.#relay = relay;
    this.socket = socket;
    this.#wire = socket.wire;
    tellOwner(socket, this, relay.engine.log);
    socket.readTo(this);
  }

  /** True while bytes wait that its peer does not take. */
  get isEmpty(): boolean {
    return this.#wire.isEmpty;
  }

  /** True once both directions have ended in order: then the close that follows cuts nothing off. */
  get isWhole(): boolean {
    return this.hasEnded && this.socket.writableFinished;
  }

  /** From now on it reads for `other`. */
  relayTo(other: RelayEnd): void {
    this.#other = other;
    this.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.readOn();
  }

  /** Writes what no peer has sent in front of what they do. */
  write(bytes: Buffer): void {
    this.#wire.bytes(bytes, 0, bytes.length);
  }

  onConnect(): void {
    this.#relay.onConnected(this);
  }

  onRead(count: number): void {
    const other = this.#other;
    if (other === null) return;
    other.#wire.bytes(this.#relay.engine.readBuffer, 0, count);
    this.#relay.onRelayed(this, count);
    this.#isWaitingForTurn = this.#relay.turns.mustWait(count, this);
    this.readOn();
  }

  takeTurn(): void {
    this.#isWaitingForTurn = false;
    if (!this.isClosed) this.readOn();
  }

  onDrain(): void {
    this.#relay.onMoved();
    if (this.#isEnding) this.socket.end();
    else this.#other?.readOn();
  }

  onEnd(): void {
    this.hasEnded = true;
    this.#relay.onMoved();
    this.#other?.endSoon();
  }

  onClose(): void {
    this.isClosed = true;
    this.#relay.onClosed(this);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Tells the peer that what it has is not whole. */
  reset(): void {
    const { socket } = this;
    if (this.isClosed || socket.destroyed) return;
    // Nobody has anything of it yet, and Node would wait for the connection first.
    if (socket.connecting) socket.destroy();
    // While libuv sends our end it takes no reset, and Node would never close the handle.
    else if (socket.writableEnded && !socket.writableFinished) socket.once('finish', () => this.reset());
    else socket.resetAndDestroy();
  }

  /** Back-pressure: it reads while the other one can write, and while it is its turn. */
  readOn(): void {
    const other = this.#other;
    if (other !== null && !this.hasEnded)
      this.#wire.readUnless(this.#isWaitingForTurn || other.#wire.isBlocked);
  }

  /** Not before the last byte is the kernel's: until then a reset can still say that there was more to come. */
  endSoon(): void {
    if (this.#wire.isEmpty) this.socket.end();
    else this.#isEnding = true;
  }
}
