import { createHash } from 'node:crypto';
import { murmur3 } from '../../src/core/ticket/murmur3.ts';
import { AnswerTime } from './answer-time.ts';
import type { Backend } from './backend.ts';
import { EndpointLinks } from './endpoint-links.ts';
import type { Ejectable } from './outliers.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** One address and port of a pool, with its idle keep-alive connections. */
export class Endpoint implements Ejectable {
  readonly address: string;
  readonly port: number;
  /** What consistent hashing knows it by: the same in every worker and after every restart. */
  readonly seed: number;
  /** Requests that run on it now. */
  inFlight = 0;
  failuresInARow = 0;
  ejections = 0;
  ejectedUntilMs = 0;
  returnedAtMs = 0;
  /** True once the plan has dropped it: what runs may finish, nothing is kept. */
  retired = false;
  /** Last in, first out: the newest socket is the least likely to be closed by its peer, and the oldest may time out. */
  readonly idle: UpstreamLink[] = [];
  /** Connections of routes whose pods are spoken to in other ways than `idle`; null: there are none, as for most. */
  #links: Map<Backend, EndpointLinks> | null = null;
  #token: string | null = null;
  #answerTime: AnswerTime | null = null;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
    this.seed = murmur3(`${address} ${port}`);
  }

  /**
   * What an affinity cookie says in place of the address, made when first asked for. It shows nobody how the
   * cluster numbers its pods, but is no secret: whoever tries all addresses finds it.
   */
  get token(): string {
    this.#token ??= createHash('sha256').update(`${this.address} ${this.port}`).digest('hex').slice(0, 16);
    return this.#token;
  }

  /** Kept only where a route balances by it. */
  get answerTime(): AnswerTime {
    this.#answerTime ??= new AnswerTime();
    return this.#answerTime;
  }

  /** Closes what is idle, and has busy connections closed when they finish. */
  retire(): void {
    this.retired = true;
    // A copy, since each connection takes itself out of `idle`.
    for (const connection of [...this.idle]) connection.destroy();
    this.idle.length = 0;
    for (const links of this.#links?.values() ?? []) links.retire();
  }

  /** What is kept for that way to be spoken to. */
  linksOf(backend: Backend): EndpointLinks {
    this.#links ??= new Map();
    const known = this.#links.get(backend);
    if (known !== undefined) return known;
    // A changed CA or Secret makes another backend: what nobody comes back for goes.
    for (const [old, { isEmpty }] of this.#links) if (isEmpty) this.#links.delete(old);
    const links = new EndpointLinks(this, backend);
    this.#links.set(backend, links);
    return links;
  }

  /** An idle connection that can still be written, if there is one. */
  takeIdle(idle = this.idle): UpstreamLink | undefined {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isUsable) return connection;
    }
    return undefined;
  }
}
