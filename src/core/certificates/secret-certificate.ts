import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { objectName } from '../objects/metadata.ts';
import type { Secret } from '../objects/secret.ts';
import type { CertificatePlan } from '../route-plan.ts';

/** A certificate and its key as a Secret holds them, fit to be served. */
export type SecretCertificate = {
  readonly plan: CertificatePlan;
  /** The names that it is for, as its author wrote them; for messages. */
  readonly names: string;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** True if clients of this domain accept it by its names: a host, `*.host`, or `` for all hosts, of which nothing is asked. */
  covers(domain: string): boolean;
};

export type CertificateReading =
  | { readonly ok: true; readonly certificate: SecretCertificate }
  /** `reason`: goes on a sentence that begins with the Secret; nothing of what it holds is repeated. */
  | { readonly ok: false; readonly reason: string };

const TYPES: ReadonlySet<string> = new Set(['kubernetes.io/tls', 'Opaque']);

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Each is sent in every full handshake; a chain to a public root has two or three. */
const MAX_CHAIN = 10;

/** What OpenSSL takes at its usual security level; a smaller one would fail when the first client comes. */
const MIN_RSA_BITS = 2_048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** In place of the `*` of a domain: no certificate is for this name, so whoever covers it has the wildcard. */
const ANY_LABEL = 'any-5f0c9a1e7b34';

/** As OpenSSL and browsers compare: `*` is one whole label. The CN counts where there is no other name, as in ingress-nginx. */
const MATCHING = { subject: 'default', partialWildcards: false } as const;

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

const parsedCertificate = (pem: string): X509Certificate | null => {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
};

const parsedKey = (pem: string): KeyObject | null => {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
};

const commonNameOf = ({ subject }: X509Certificate): string =>
  // The subject of a certificate without one is undefined, whatever its type says.
  /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? '';

const keyFault = (key: KeyObject): string | null => {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength < MIN_RSA_BITS
        ? `has an RSA key of ${modulusLength} bits; ${MIN_RSA_BITS} are the least`
        : null;
    case 'ec':
      return CURVES.has(namedCurve) ? null : 'has an ECDSA key on a curve that is not P-256, P-384 or P-521';
    case 'ed25519':
      return null;
    default:
      return 'has a key that is neither RSA nor ECDSA nor Ed25519';
  }
};

const bad = (reason: string): CertificateReading => ({ ok: false, reason });

const readPair = (id: string, chainText: string, keyText: string): CertificateReading => {
  const blocks = chainText.match(BLOCK) ?? [];
  const [first] = blocks;
  if (first === undefined) return bad('has no certificate in PEM under tls.crt');
  if (blocks.length > MAX_CHAIN)
    return bad(`has ${blocks.length} certificates under tls.crt; ${MAX_CHAIN} are the most`);
  const certificates = blocks.map(parsedCertificate);
  const broken = certificates.indexOf(null);
  const [leaf] = certificates;
  if (broken >= 0 || leaf === undefined || leaf === null)
    return bad(`has a certificate under tls.crt that cannot be read: number ${broken + 1}`);
  const key = parsedKey(keyText);
  if (key === null) return bad('has no private key in PEM, without a passphrase, under tls.key');
  if (!leaf.checkPrivateKey(key)) return bad('has a tls.key that does not belong to its tls.crt');
  const fault = keyFault(key);
  if (fault !== null) return bad(fault);
  return {
    ok: true,
    certificate: {
      plan: {
        id,
        chain: `${blocks.join('\n')}\n`,
        key: String(key.export({ type: 'pkcs8', format: 'pem' })),
      },
      names: leaf.subjectAltName ?? commonNameOf(leaf),
      notBeforeMs: leaf.validFromDate.getTime(),
      notAfterMs: leaf.validToDate.getTime(),
      covers: domain =>
        domain === '' ||
        leaf.checkHost(domain.startsWith('*.') ? ANY_LABEL + domain.slice(1) : domain, MATCHING) !==
          undefined,
    },
  };
};

const readSecret = ({ metadata, type, data }: Secret): CertificateReading => {
  if (!TYPES.has(type)) return bad(`is of type ${JSON.stringify(type)}, not "kubernetes.io/tls"`);
  const { 'tls.crt': chain, 'tls.key': key } = data;
  if (chain === undefined || key === undefined)
    return bad(`has no key "${chain === undefined ? 'tls.crt' : 'tls.key'}"`);
  return readPair(objectName(metadata), textOf(chain), textOf(key));
};

/** By the object: another version of a Secret is another object. */
const readings = new WeakMap<Secret, CertificateReading>();

/** Reads and checks what a Secret holds; once, however many hosts ask. Whether it has expired is for whoever has a clock. */
export const secretCertificate = (secret: Secret): CertificateReading => {
  const known = readings.get(secret);
  if (known !== undefined) return known;
  const reading = readSecret(secret);
  readings.set(secret, reading);
  return reading;
};
