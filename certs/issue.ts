import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type KeyedCertificate, type Mint, newSerial } from './authority.ts';
import { derName, signedCertificate, subjectOf } from './certificate-der.ts';
import {
  alternativeNames,
  authorityKey,
  handshakeUsage,
  leafConstraints,
  serverUsage,
  subjectKey,
} from './certificate-extensions.ts';
import { privateKeyPem } from './key-pair.ts';
import { BACKDATE_MS } from './lifetimes.ts';

export type ServingWish = {
  /** DNS names and IP addresses; the first is not special. */
  readonly names: readonly string[];
  readonly lifetimeMs: number;
};

/** The service under which the API server calls the webhook. */
export type WebhookService = {
  readonly name: string;
  readonly namespace: string;
  /** @default cluster.local */
  readonly clusterDomain?: string;
  /** Further names and addresses, for a webhook that is called by URL. */
  readonly extra?: readonly string[];
};

/** The names that API servers verify: `<name>.<namespace>.svc`, or the host of the URL. */
export const calledNames = ({ name, namespace, extra = [] }: WebhookService): readonly string[] => [
  `${name}.${namespace}.svc`,
  ...extra,
];

/** Every name of the service, for people and probes as well. */
export const servingNames = (service: WebhookService): readonly string[] => {
  const { name, namespace, clusterDomain = 'cluster.local' } = service;
  const called = calledNames(service);
  return [name, `${name}.${namespace}`, ...called, `${name}.${namespace}.svc.${clusterDomain}`];
};

/** Names stand in subjectAltName alone, which is all that clients look at (RFC 9525 2); a subject must not be longer than 64. */
const SUBJECT = 'sluice webhook';

/**
 * A serving certificate signed by this authority, which it does not outlive. The authority has passed
 * `authorityReasons`.
 */
export const issueServing = (
  authority: KeyedCertificate,
  { names, lifetimeMs }: ServingWish,
  mint: Mint,
): KeyedCertificate => {
  const signer = new X509Certificate(authority.certificate);
  const { publicKey, privateKey } = mint.newKeyPair();
  const nowMs = mint.nowMs();
  const certificate = signedCertificate(
    {
      serial: newSerial(mint),
      issuer: subjectOf(signer),
      subject: derName(SUBJECT),
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: Math.min(nowMs + lifetimeMs, signer.validToDate.getTime()),
      publicKey,
      extensions: [
        leafConstraints(),
        handshakeUsage(),
        serverUsage(),
        alternativeNames(names),
        subjectKey(publicKey),
        authorityKey(signer.publicKey),
      ],
    },
    createPrivateKey(authority.key),
  );
  return { certificate, key: privateKeyPem(privateKey) };
};
