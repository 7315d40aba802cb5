import type { Socket } from 'node:net';
import { ClientGreeting } from '../client/client-greeting.ts';
import { type Arrival, endsOf } from '../client/client-peer.ts';
import { readIntoOneBuffer } from '../client/client-socket.ts';
import { ConnectionLimit } from '../client/connection-limit.ts';
import type { Engine } from '../engine.ts';
import { ConnectionFacts } from './connection-facts.ts';
import { FairTurns } from './fair-turns.ts';
import { NO_TRACK, type TcpCountName } from './tcp-counts.ts';
import { TcpRelay } from './tcp-relay.ts';
import type { TcpPort, TcpRouting } from './tcp-table.ts';

type Refusal = Extract<TcpCountName, `refused_${string}`>;

/** The clients of the TCP ports, so that a stop can find and await them. */
export class TcpRelays {
  readonly #engine: Engine;
  readonly #routing: TcpRouting;
  readonly #limit: ConnectionLimit;
  readonly #turns = new FairTurns();
  readonly #facts = new ConnectionFacts();
  readonly #connections = new Set<TcpRelay | ClientGreeting>();
  #onEmpty: (() => void) | null = null;

  constructor(engine: Engine, routing: TcpRouting) {
    this.#engine = engine;
    this.#routing = routing;
    this.#limit = new ConnectionLimit(engine);
    engine.clientSets.push(this);
  }

  get size(): number {
    return this.#connections.size;
  }

  accept(accepted: Socket, port: number): void {
    const tcp = this.#routing.at(port);
    if (accepted.remoteAddress === undefined) this.#drop(accepted);
    else if (tcp === undefined) this.#refuse(accepted, port, 'refused_unclaimed');
    else if (this.#limit.isReached()) {
      this.#count(port, 'refused_limit');
      this.#limit.reset(accepted);
    } else this.#take(accepted, tcp);
  }

  /**
   * Resolves when the last client has gone. What runs may go on for `timeoutMs`: nobody can tell it that it should
   * leave; then it is reset.
   */
  async drained({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(() => {
        for (const connection of this.#connections) connection.leave();
      }, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(accepted: Socket, { plan }: TcpPort): void {
    const socket = readIntoOneBuffer(accepted, this.#engine);
    const ends = endsOf(socket);
    if (!plan.acceptsProxy) this.#serve({ socket, ends, tls: null }, plan.port, null);
    else if (this.#engine.isTrusted(ends.remoteAddress)) this.#greet({ socket, ends, tls: null }, plan.port);
    else this.#refuse(socket, plan.port, 'refused_proxy_protocol');
  }

  #greet({ socket, ends }: Arrival, port: number): void {
    const greeting = new ClientGreeting(this.#engine, socket, greeted => {
      if (greeted === null) {
        if (!this.#engine.isDraining) this.#count(port, 'refused_proxy_protocol');
      } else this.#serve({ socket, ends: greeted.ends ?? ends, tls: null }, port, greeted.rest);
      this.#remove(greeting);
    });
    this.#connections.add(greeting);
  }

  /** Decides by the table of this moment: of a client that was slow to greet, another one than it came to. */
  #serve({ socket, ends }: Arrival, port: number, rest: Buffer | null): void {
    const tcp = this.#routing.at(port);
    if (tcp === undefined) {
      this.#refuse(socket, port, 'refused_unclaimed');
      return;
    }
    const decision = tcp.decide(this.#facts.of(ends.remoteAddress, Date.now()));
    if (decision.kind === 'answer') {
      this.#refuse(socket, port, 'refused_no_endpoint');
      return;
    }
    const world = { engine: this.#engine, turns: this.#turns, facts: this.#facts };
    const counts = this.#engine.counters.tcp.of(port, decision.track);
    const relay = new TcpRelay(
      world,
      { socket, ends, rest, plan: tcp.plan, forward: decision, counts },
      gone => this.#remove(gone),
    );
    this.#connections.add(relay);
  }

  #remove(gone: TcpRelay | ClientGreeting): void {
    this.#connections.delete(gone);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #count(port: number, refusal: Refusal): void {
    this.#engine.counters.tcp.of(port, NO_TRACK).add(refusal);
  }

  /** A reset says what a closed port would say: nobody is there. */
  #refuse(socket: Socket, port: number, refusal: Refusal): void {
    this.#count(port, refusal);
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  }

  /** Reset before it was accepted: there is nobody to talk to. */
  #drop(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
