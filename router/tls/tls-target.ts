import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificatePlan } from '../../src/core/route-plan.ts';

/** A certificate and its key in PEM. */
export type KeyedChain = Pick<CertificatePlan, 'chain' | 'key'>;

/** What is asked of the server at the other end, and shown to it. */
export type TlsTargetWish = {
  /** False: whatever certificate it shows is taken. */
  readonly verifies: boolean;
  /** PEM; null: the authorities that Node ships. */
  readonly ca: string | null;
  /** The name that its certificate is for; empty: none is sent, and its address is verified. */
  readonly serverName: string;
  /** False: it is not told that name (SNI). */
  readonly sendsName: boolean;
  /** Shown where it asks for one; null: there is none. */
  readonly certificate: KeyedChain | null;
  /** Offered (ALPN), most wanted first; empty: nothing is offered. */
  readonly protocols: readonly string[];
};

/** Compiled once and used for every connection: to compile it takes a millisecond. */
export type TlsTarget = Omit<TlsTargetWish, 'ca' | 'certificate'> & { readonly secureContext: SecureContext };

/** @throws what OpenSSL says of a certificate, a key or an authority that it cannot load */
export const newTlsTarget = ({ ca, certificate, ...wish }: TlsTargetWish): TlsTarget => ({
  ...wish,
  secureContext: createSecureContext({
    minVersion: 'TLSv1.2',
    // An empty list: nothing is verified, so no authority is needed.
    ...(wish.verifies ? (ca === null ? {} : { ca }) : { ca: [] }),
    ...(certificate === null ? {} : { cert: certificate.chain, key: certificate.key }),
  }),
});

/** Where a server is. `session` is what an earlier connection to it can be resumed by, and is kept up to date. */
export interface TlsPeer {
  readonly address: string;
  readonly port: number;
  session: Buffer | null;
}
