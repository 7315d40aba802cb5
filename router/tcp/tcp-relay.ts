import type { ConnectionEnds } from '../client/proxy-protocol.ts';
import type { Engine } from '../engine.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { PlainSocket } from '../plain-socket.ts';
import type { Forward } from '../routing/decision.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { type LostUpstream, UpstreamTries } from '../upstream/upstream-tries.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { FairTurns } from './fair-turns.ts';
import { proxyHeader } from './proxy-header.ts';
import { RelayEnd, type RelayOwner } from './relay-end.ts';
import type { TrackCounts } from './tcp-counts.ts';
import type { TcpPort } from './tcp-table.ts';

/** What all relays of a server share. */
export type RelayWorld = {
  readonly engine: Engine;
  readonly turns: FairTurns;
  readonly facts: ConnectionFacts;
};

/** A connection of a client, and where it was decided to go. */
export type DecidedConnection = {
  readonly socket: EngineSocket;
  readonly ends: ConnectionEnds;
  /** What came behind its PROXY header. */
  readonly rest: Buffer | null;
  readonly plan: TcpPort['plan'];
  readonly forward: Forward;
  readonly counts: TrackCounts;
};

/** Nothing has been sent on it. */
const NEVER_CONNECTED: LostUpstream = { isReused: false, hasAnswerBytes: false };

/**
 * One client's connection and one to an endpoint, and what either says is passed on to the other: bytes, the end of a
 * direction, a reset. The endpoint is chosen once; a second one is tried only where no connection could be made.
 */
export class TcpRelay implements RelayOwner, TimerOwner {
  readonly engine: Engine;
  readonly turns: FairTurns;
  readonly #decided: DecidedConnection;
  readonly #client: RelayEnd;
  readonly #timer = new Timer(this);
  readonly #onGone: (relay: TcpRelay) => void;
  readonly #idleMs: number;
  /** Null once there is a connection. */
  #tries: UpstreamTries | null;
  #endpoint: Endpoint | null = null;
  #upstream: RelayEnd | null = null;
  #isOver = false;

  constructor(world: RelayWorld, decided: DecidedConnection, onGone: (relay: TcpRelay) => void) {
    this.engine = world.engine;
    this.turns = world.turns;
    this.#decided = decided;
    this.#onGone = onGone;
    this.#idleMs = decided.plan.idleMs ?? world.engine.options.tcpIdleMs;
    this.#tries = new UpstreamTries(world.engine);
    // What came behind a PROXY header has been read; the rest waits in the kernel until somebody can take it.
    decided.socket.wire.readUnless(true);
    this.#client = new RelayEnd(this, decided.socket);
    decided.counts.add('connections');
    if (decided.forward.fellBack) decided.counts.add('fallbacks');
    this.#tries.begin(decided.forward, world.facts, false);
    this.#connect();
  }

  /** There is no more time for the drain: whoever still runs is cut, and told so. */
  leave(): void {
    this.#end('reset');
  }

  onTimer(): void {
    const upstream = this.#upstream;
    if (this.#tries !== null && upstream !== null) {
      this.#upstream = null;
      upstream.close();
      this.#lost('connect-timeout');
      return;
    }
    this.#decided.counts.add('idle_timeouts');
    // As nginx and HAProxy do; but where an end could be read as the end of data that is not whole, it is a reset.
    const isCalm = [this.#client, upstream].every(end => end === null || (end.isEmpty && !end.hasEnded));
    this.#end(isCalm ? 'close' : 'reset');
  }

  onConnected(upstream: RelayEnd): void {
    const { plan, ends, rest } = this.#decided;
    this.#tries?.answered();
    this.#tries = null;
    if (plan.sendsProxy !== null) upstream.write(proxyHeader(plan.sendsProxy, ends));
    if (rest !== null) this.#passOn(rest, upstream);
    this.onMoved();
    upstream.relayTo(this.#client);
    this.#client.relayTo(upstream);
  }

  onRelayed(end: RelayEnd, count: number): void {
    if (end === this.#client) this.#decided.counts.received(count);
    else this.#decided.counts.sent(count);
    this.onMoved();
  }

  onMoved(): void {
    if (!this.#isOver) this.engine.wheel.start(this.#timer, this.#idleMs);
  }

  onClosed(end: RelayEnd): void {
    const isClient = end === this.#client;
    // Of a try that was given up.
    if (!isClient && end !== this.#upstream) return;
    if (!isClient && this.#tries !== null && !this.#isOver) {
      this.#upstream = null;
      this.#lost('connect');
      return;
    }
    const other = isClient ? this.#upstream : this.#client;
    if (!this.#isOver && !end.isWhole) this.#end('reset');
    if (other === null || other.isClosed) this.#gone();
  }

  #passOn(rest: Buffer, upstream: RelayEnd): void {
    upstream.write(rest);
    this.#decided.counts.received(rest.length);
  }

  #connect(): void {
    const endpoint = this.#tries?.next();
    if (endpoint === undefined) {
      this.#refuse();
      return;
    }
    const { engine } = this;
    this.#endpoint = endpoint;
    endpoint.inFlight += 1;
    const socket = new PlainSocket(engine, { noDelay: true, allowHalfOpen: true });
    socket.connect({ host: endpoint.address, port: endpoint.port });
    engine.counters.add('upstream_connections');
    engine.upstreams.add(socket);
    socket.once('close', () => engine.upstreams.delete(socket));
    this.#upstream = new RelayEnd(this, socket);
    engine.wheel.start(this.#timer, this.#decided.plan.connectMs ?? engine.options.connectTimeoutMs);
  }

  /** No connection was made to this endpoint. */
  #lost(failure: 'connect' | 'connect-timeout'): void {
    this.#decided.counts.add('connect_failures');
    this.#release();
    if (this.#tries?.lost(failure, NEVER_CONNECTED) === true) this.#connect();
    else this.#refuse();
  }

  #refuse(): void {
    this.#decided.counts.add('refused_unreachable');
    this.#end('reset');
  }

  #end(how: 'close' | 'reset'): void {
    this.#isOver = true;
    for (const end of [this.#client, this.#upstream])
      if (how === 'reset') end?.reset();
      else end?.close();
  }

  /** The endpoint is less busy by one. */
  #release(): void {
    if (this.#endpoint !== null) this.#endpoint.inFlight -= 1;
    this.#endpoint = null;
  }

  #gone(): void {
    this.#isOver = true;
    this.engine.wheel.remove(this.#timer);
    this.#release();
    this.#decided.counts.add('closed');
    this.#onGone(this);
  }
}
