import { constants } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { PartsDelta } from '../../src/core/plan-delta.ts';
import type { CertificatePlan } from '../../src/core/route-plan.ts';
import type { Log } from '../engine.ts';
import type { SessionTickets } from './session-tickets.ts';
import type { KeyedChain } from './tls-target.ts';

/**
 * TLS 1.2 as Mozilla's intermediate profile has it: forward secrecy and authenticated encryption alone, ECDSA and RSA.
 * AES first, which the processors of servers do in hardware; ChaCha20 for clients that want it (those of TLS 1.3 too).
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** X25519 is the fastest, P-256 what every client has; the hybrid is there for those who ask for it first. */
const GROUPS = 'X25519MLKEM768:X25519:P-256:P-384';

/** Equal in all workers and routers: a session that one of them gave is resumed by any other. */
const SESSION_CONTEXT = 'sluice';

/** A session is resumed for a day at most; keys of tickets go earlier (`SessionTickets`). */
const SESSION_SECONDS = 86_400;

/** Compiled contexts at a time: each holds 60 KiB, and one that is asked for again is made in 1 ms. */
const MAX_COMPILED = 4_096;

export type SecureContextsParts = {
  /** Shown where a host has no certificate, or one that cannot be loaded. */
  readonly fallback: KeyedChain;
  /** Id of the certificate that is the default one as long as it can be loaded; null: `fallback` is. */
  readonly defaultId: string | null;
  readonly tickets: SessionTickets;
  /** What a client may choose from, most wanted first. */
  readonly protocols: readonly string[];
  readonly log: Log;
};

/**
 * The certificates of a worker, each compiled when a client first asks for it: of 300 that are changed at once none
 * holds the worker up. Connections keep the context that they began with.
 */
export class SecureContexts {
  readonly #parts: SecureContextsParts;
  readonly #plans = new Map<string, CertificatePlan>();
  /** Those asked for last at the end; null: it cannot be loaded. */
  readonly #compiled = new Map<string, SecureContext | null>();
  readonly #fallback: SecureContext;

  constructor(parts: SecureContextsParts) {
    this.#parts = parts;
    this.#fallback = this.#compile(parts.fallback);
  }

  apply({ set, removed }: PartsDelta<CertificatePlan>): void {
    for (const plan of set) {
      this.#plans.set(plan.id, plan);
      this.#compiled.delete(plan.id);
    }
    for (const id of removed) {
      this.#plans.delete(id);
      this.#compiled.delete(id);
    }
  }

  /** How many are compiled. */
  get size(): number {
    return this.#compiled.size;
  }

  /** Never throws: where a certificate is missing or cannot be loaded it is the default one. */
  contextOf(id: string | null): SecureContext {
    const own = id === null ? null : this.#find(id);
    if (own !== null) return own;
    const { defaultId } = this.#parts;
    return (defaultId === null || defaultId === id ? null : this.#find(defaultId)) ?? this.#fallback;
  }

  #find(id: string): SecureContext | null {
    const known = this.#compiled.get(id);
    if (known !== undefined) return known;
    const plan = this.#plans.get(id);
    if (plan === undefined) return null;
    const context = this.#load(plan);
    if (this.#compiled.size >= MAX_COMPILED) {
      const [oldest] = this.#compiled.keys();
      if (oldest !== undefined) this.#compiled.delete(oldest);
    }
    this.#compiled.set(id, context);
    return context;
  }

  /** Null for one that OpenSSL does not take: its hosts alone are served with the default one. */
  #load(plan: CertificatePlan): SecureContext | null {
    try {
      return this.#compile(plan);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.log(`certificate ${plan.id} cannot be loaded, the default one is shown instead: ${reason}`);
      return null;
    }
  }

  #compile({ chain, key }: KeyedChain): SecureContext {
    const { tickets } = this.#parts;
    const context = createSecureContext({
      cert: chain,
      key,
      // No client is asked for a certificate: none of the usual authorities is needed.
      ca: [],
      ciphers: CIPHERS,
      ecdhCurve: GROUPS,
      honorCipherOrder: true,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA,
      sessionIdContext: SESSION_CONTEXT,
      sessionTimeout: SESSION_SECONDS,
      ticketKeys: Buffer.from(tickets.keys.sealing),
    });
    tickets.serve(context);
    offerProtocols(context, this.#parts.protocols);
    return context;
  }
}

/**
 * A context that takes the place of a connection's first one has to know by itself that protocols are chosen from
 * (ALPN); Node tells only the first one, when a connection is made with it. So one is made, of nothing.
 */
const offerProtocols = (secureContext: SecureContext, protocols: readonly string[]): void => {
  const nowhere = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done() });
  const socket = new TLSSocket(nowhere, { isServer: true, secureContext, ALPNProtocols: [...protocols] });
  socket.on('error', () => undefined);
  socket.destroy();
};
