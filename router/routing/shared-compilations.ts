import type { BackendProtocol } from '../../src/core/backend-protocol.ts';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { type CompiledTicket, compileTicket } from '../../src/core/ticket/compiled-ticket.ts';
import { type PathRegex, parsePathRegex } from '../../src/core/ticket/regex.ts';
import type { Ticket } from '../../src/core/ticket/ticket.ts';
import { flatText } from '../http1/flat-text.ts';
import { type Backend, compileBackend } from '../upstream/backend.ts';
import { DEFAULT_CHOICE } from '../upstream/endpoint-choice.ts';
import type { Pool } from '../upstream/pool.ts';
import type { WeakMemory } from '../weak-memory.ts';
import type { Answer, Forward } from './decision.ts';

/** True if the ticket says another thing on another host: its percent is salted by the rule's own host. */
export const hangsOnHost = ({ percentage }: Ticket): boolean =>
  percentage !== null && percentage.by.kind !== 'request' && percentage.by.salt === null;

type PlainForward = Pick<Forward, 'pool' | 'track' | 'fellBack'>;

/**
 * Parts of compiled routes that many routes have in common, each made once: an Ingress of 100 hosts with 3 paths has
 * its tickets on 300 routes, and each copy of a regex would cost 10 KB and its own cache of states.
 */
export class SharedCompilations {
  readonly #memory: WeakMemory;
  /** Within one message of the primary a ticket is the same object on all of its routes. */
  readonly #tickets = new WeakMap<Ticket, Map<string, CompiledTicket>>();
  readonly #forwards = new WeakMap<Pool, Map<string, Forward>>();

  constructor(memory: WeakMemory) {
    this.#memory = memory;
  }

  ticket(ticket: Ticket, ownHost: string): CompiledTicket {
    const host = hangsOnHost(ticket) ? ownHost : '';
    const byHost = this.#tickets.get(ticket) ?? new Map<string, CompiledTicket>();
    this.#tickets.set(ticket, byHost);
    const known = byHost.get(host);
    if (known !== undefined) return known;
    const key = canonicalJson(['ticket', host, ticket]);
    const compiled = this.#memory.of(key, () => compileTicket(ticket, { ownHost }));
    byHost.set(host, compiled);
    return compiled;
  }

  /** @throws where the pattern does not compile: translation has compiled it before, so that is a bug */
  pathRegex(pattern: string): PathRegex {
    return this.#memory.of(canonicalJson(['path', pattern]), () => {
      const parsed = parsePathRegex(pattern);
      if (!parsed.ok) throw new Error(`the plan holds a regex that does not compile: ${parsed.message}`);
      return parsed.value;
    });
  }

  /** To a pool on a route that asks for nothing else. */
  plainForward({ pool, track, fellBack }: PlainForward): Forward {
    const known = this.#forwards.get(pool) ?? new Map<string, Forward>();
    this.#forwards.set(pool, known);
    const key = `${track} ${fellBack}`;
    const forward = known.get(key) ?? {
      kind: 'forward',
      pool,
      track,
      trackLine: flatText(`x-sluice-track: ${track}\r\n`),
      rewritePath: null,
      fellBack,
      choice: DEFAULT_CHOICE,
      backend: null,
      checks: null,
    };
    known.set(key, forward);
    return forward;
  }

  /** Connections are kept by it: routes that say the same share them, and a table swap changes nothing. */
  backend(protocol: BackendProtocol): Backend {
    return this.#memory.of(canonicalJson(['backend', protocol]), () => compileBackend(protocol));
  }

  noEndpoint(reason: string): Answer {
    return this.#memory.of(
      canonicalJson(['no endpoint', reason]),
      (): Answer => ({ kind: 'answer', status: 503, code: 'NoEndpoint', reason, checks: null }),
    );
  }
}
