import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { KeyedCertificate } from './authority.ts';
import { SERVER_AUTH } from './certificate-extensions.ts';
import { certificatesIn } from './certificates-in.ts';
import { renewalMs } from './lifetimes.ts';
import { isIssuedBy, validityOf } from './trust.ts';

/** Why a certificate has to be made anew; stable, they stand in logs and Events. */
export type ReasonCode =
  | 'Missing'
  | 'Corrupt'
  | 'KeyMismatch'
  | 'Weak'
  | 'ForeignKey'
  | 'NotYetValid'
  | 'Expired'
  | 'RenewalDue'
  | 'NotAuthority'
  | 'NotForServers'
  | 'NamesMissing'
  | 'OtherAuthority';

export type Reason = { readonly code: ReasonCode; readonly message: string };

type Pair = { readonly certificate: X509Certificate; readonly key: KeyObject };
type Timed = Pair & { readonly nowMs: number };
type Named = Pair & { readonly names: readonly string[] };
type Issued = Pair & { readonly authority: X509Certificate };

type Check<Subject extends Pair> = (subject: Subject) => Reason | null;

const reason = (code: ReasonCode, message: string): Reason => ({ code, message });

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();

const keyMismatch: Check<Pair> = ({ certificate, key }) =>
  certificate.checkPrivateKey(key)
    ? null
    : reason('KeyMismatch', 'the private key is not the one of the certificate');

const STRONG_CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];
const MIN_RSA_BITS = 2048;

const isStrongKey = ({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): boolean => {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'rsa') return modulusLength >= MIN_RSA_BITS;
  return asymmetricKeyType === 'ed25519' || STRONG_CURVES.includes(namedCurve);
};

const weak: Check<Pair> = ({ certificate }) => {
  const { publicKey, signatureAlgorithm = '' } = certificate;
  if (!isStrongKey(publicKey))
    return reason('Weak', `API servers refuse its kind or size of key (${publicKey.asymmetricKeyType})`);
  return /sha1|md5/i.test(signatureAlgorithm)
    ? reason('Weak', `API servers refuse its signature (${signatureAlgorithm})`)
    : null;
};

const notYetValid: Check<Timed> = ({ certificate, nowMs }) => {
  const { notBeforeMs } = validityOf(certificate);
  return nowMs < notBeforeMs
    ? reason('NotYetValid', `it begins at ${isoTime(notBeforeMs)}; whose clock is wrong?`)
    : null;
};

const expired: Check<Timed> = ({ certificate, nowMs }) => {
  const { notAfterMs } = validityOf(certificate);
  return nowMs > notAfterMs ? reason('Expired', `it ended at ${isoTime(notAfterMs)}`) : null;
};

const renewalDue: Check<Timed> = ({ certificate, nowMs }) => {
  const validity = validityOf(certificate);
  return renewalMs(validity) <= nowMs && nowMs <= validity.notAfterMs
    ? reason('RenewalDue', `two thirds of its life are over; it ends at ${isoTime(validity.notAfterMs)}`)
    : null;
};

const notAuthority: Check<Pair> = ({ certificate }) =>
  isIssuedBy(certificate, certificate)
    ? null
    : reason('NotAuthority', 'it is no authority that signed itself');

/** `issueServing` signs with ECDSA on P-256 only; another authority belongs behind cert-manager. */
const foreignKey: Check<Pair> = ({ certificate: { publicKey } }) =>
  publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    ? null
    : reason('ForeignKey', 'its key is not of the kind that signs here, ECDSA on P-256');

const notForServers: Check<Pair> = ({ certificate }) =>
  // Absent means any purpose (RFC 5280 4.2.1.12); the types do not know that it may be.
  ((certificate.keyUsage as readonly string[] | undefined) ?? [SERVER_AUTH]).includes(SERVER_AUTH)
    ? null
    : reason('NotForServers', 'its extended key usage does not name server authentication');

const hasName = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !==
  undefined;

const namesMissing: Check<Named> = ({ certificate, names }) => {
  const missing = names.filter(name => !hasName(certificate, name));
  return missing.length === 0 ? null : reason('NamesMissing', `it does not name ${missing.join(', ')}`);
};

const otherAuthority: Check<Issued> = ({ certificate, authority }) =>
  isIssuedBy(certificate, authority)
    ? null
    : reason('OtherAuthority', 'it was not signed by the authority that signs now');

const TIME_CHECKS: readonly Check<Timed>[] = [notYetValid, expired];
const AUTHORITY_CHECKS: readonly Check<Timed>[] = [
  keyMismatch,
  weak,
  foreignKey,
  notAuthority,
  ...TIME_CHECKS,
  renewalDue,
];
const USABLE_CHECKS: readonly Check<Named>[] = [keyMismatch, weak, notForServers, namesMissing];
const SERVING_CHECKS: readonly Check<Named & Timed>[] = [...USABLE_CHECKS, ...TIME_CHECKS];
const ISSUED_CHECKS: readonly Check<Named & Timed & Issued>[] = [
  ...SERVING_CHECKS,
  otherAuthority,
  renewalDue,
];

const keyIn = (pem: string): KeyObject | null => {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
};

/** The pair, or why there is none. */
const parsedPair = (stored: KeyedCertificate | null): Pair | Reason => {
  if (stored === null) return reason('Missing', 'there is none yet');
  const [certificate] = certificatesIn(stored.certificate);
  const key = keyIn(stored.key);
  if (certificate === undefined)
    return reason('Corrupt', 'the certificate is no PEM of an X.509 certificate');
  return key === null ? reason('Corrupt', 'the key is no PEM of a private key') : { certificate, key };
};

const reasonsOf = <Subject extends Pair>(
  stored: KeyedCertificate | null,
  checks: readonly Check<Subject>[],
  subjectOf: (pair: Pair) => Subject,
): readonly Reason[] => {
  const pair = parsedPair(stored);
  if ('code' in pair) return [pair];
  const subject = subjectOf(pair);
  return checks.flatMap(check => check(subject) ?? []);
};

/** Why this authority must not go on signing; nothing: it is as it should be. */
export const authorityReasons = (stored: KeyedCertificate | null, nowMs: number): readonly Reason[] =>
  reasonsOf(stored, AUTHORITY_CHECKS, pair => ({ ...pair, nowMs }));

/** Why no client could use this certificate, whoever issued it and whatever the time is. */
export const unusableReasons = (
  stored: KeyedCertificate | null,
  names: readonly string[],
): readonly Reason[] => reasonsOf(stored, USABLE_CHECKS, pair => ({ ...pair, names }));

export type ServingExpectation = {
  /** Names and addresses under which clients call. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
};

/** The same now; nothing: it works for a client that trusts its issuer. */
export const servingReasons = (
  stored: KeyedCertificate | null,
  expected: ServingExpectation,
): readonly Reason[] => reasonsOf(stored, SERVING_CHECKS, pair => ({ ...pair, ...expected }));

/** Why the serving certificate has to be issued anew by this authority; nothing: it is as it should be. */
export const reissueReasons = (
  stored: KeyedCertificate | null,
  expected: ServingExpectation & { readonly authority: X509Certificate },
): readonly Reason[] => reasonsOf(stored, ISSUED_CHECKS, pair => ({ ...pair, ...expected }));

/** `Expired: it ended at …; NamesMissing: …` */
export const formatReasons = (reasons: readonly Reason[]): string =>
  reasons.map(({ code, message }) => `${code}: ${message}`).join('; ');
