import type { ClientPeer } from '../client/client-peer.ts';
import type { Engine } from '../engine.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { RouteChecks } from '../policies/route-checks.ts';
import type { Decision, Forward } from '../routing/decision.ts';
import type { TlsFacts } from '../tls/tls-facts.ts';
import type { OwnAnswer } from './own-answer.ts';
import { OWN_ANSWER, type RequestNotes } from './request-notes.ts';
import { rewritten } from './rewritten-path.ts';

/** The request that stands before the gate. */
export interface Gated {
  readonly request: RequestNotes;
  closes: boolean;
  /** It is turned away, or there is nowhere to go. */
  answer(own: OwnAnswer): void;
  /** It may go on to the pool that routing chose. `rewrittenPath`: null where its own path goes on. */
  forward(head: RequestHead, decision: Forward, rewrittenPath: string | null): void;
}

/** What lies between a request's head and its endpoint: the route, and what the route's policies say of the request. */
export class RouteGate {
  /** Of the route of the request in hand; null: it has none. */
  checks: RouteChecks | null = null;
  readonly #engine: Engine;
  readonly #peer: ClientPeer;
  readonly #gated: Gated;

  constructor(engine: Engine, peer: ClientPeer, gated: Gated) {
    this.#engine = engine;
    this.#peer = peer;
    this.#gated = gated;
    gated.request.https = engine.https;
  }

  /** Leads to `answer` or `forward`, later where a policy needs time; nothing else happens to the request meanwhile. */
  pass(head: RequestHead): void {
    this.checks = null;
    const { request } = this.#gated;
    request.scheme = this.#peer.scheme;
    try {
      if (this.#peer.tls !== null && this.#isMisdirected(head.host, this.#peer.tls)) {
        this.#engine.counters.add('misdirected');
        this.#gated.answer(OWN_ANSWER.misdirected);
        return;
      }
      const decision = this.#engine.routing.decide(head);
      if (head.matching.isExhausted) this.#engine.counters.add('regex_budget_exhausted');
      request.mintedLines = head.mintedLines();
      this.checks = decision.checks ?? null;
      const own = this.checks === null ? null : this.checks.before(head, request);
      if (own !== null) this.#gated.answer(own);
      else if (request.verdict === null) this.#follow(head, decision);
      else request.verdict.whenKnown(verdict => this.#onVerdict(verdict, decision));
    } catch (error) {
      this.#onBug(error);
    }
  }

  /**
   * A client that reuses a connection for another host has seen a certificate that the other host's owner never named
   * (RFC 9110 7.4, S13). The name that the connection is for is no misdirection, whatever its certificate is by now.
   */
  #isMisdirected(host: string, { serverName, certificate }: TlsFacts): boolean {
    return host !== serverName && this.#engine.routing.certificateOf(host) !== certificate;
  }

  #follow(head: RequestHead, decision: Decision): void {
    if (decision.kind === 'forward') {
      const { rewritePath } = decision;
      const path = rewritePath === null ? null : rewritten(head, rewritePath, this.#engine.counters);
      if (path === null || typeof path === 'string') this.#gated.forward(head, decision, path);
      else this.#gated.answer(path);
    } else {
      this.#engine.counters.add('unrouted');
      this.#gated.answer(decision);
    }
  }

  /** The decision stands, whatever was changed meanwhile: the request is under way. */
  #onVerdict(own: OwnAnswer | null, decision: Decision): void {
    const { request } = this.#gated;
    request.verdict = null;
    try {
      if (own !== null) this.#gated.answer(own);
      else this.#follow(this.#readAgain(request.headText), decision);
    } catch (error) {
      this.#onBug(error);
    }
  }

  /** Others have passed through the shared head since. */
  #readAgain(headText: string): RequestHead {
    const head = this.#engine.requestHead;
    const fault = head.parse(headText);
    if (fault !== null) throw new Error(`a head that was fine is ${fault.code} when it is read again`);
    head.sourceAddress = this.#peer.clientOf(head);
    return head;
  }

  /** A bug in routing costs one request, never the process or its other clients. */
  #onBug(error: unknown): void {
    this.#engine.log('a bug in the routing of a request', error);
    this.#gated.closes = true;
    this.#gated.answer(OWN_ANSWER.internalError);
  }
}
