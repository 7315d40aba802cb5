import type { X509Certificate } from 'node:crypto';
import type { KeyedCertificate } from '../authority.ts';
import { bundleOf, certificatesIn } from '../certificates-in.ts';
import { authorityReasons, type Reason, reissueReasons } from '../checks.ts';
import type { AuthorityState } from '../stored-certificates.ts';
import { isTrusted } from '../trust.ts';

/** What the API server holds, read in the order that `CertificateKeeper` keeps. */
export type Observed = {
  readonly state: AuthorityState;
  readonly serving: KeyedCertificate | null;
  /** The caBundles of each webhook configuration, in the order of the stores; null where there is no such object. */
  readonly bundles: readonly (readonly string[] | null)[];
};

export type Expected = { readonly names: readonly string[]; readonly nowMs: number };

/** What there is, held against what there should be. */
export type Assessment =
  | {
      readonly kind: 'no-authority';
      readonly reasons: readonly Reason[];
      /** Authorities that clients trust today, whose signatures may be in service. */
      readonly trusted: readonly X509Certificate[];
    }
  | {
      readonly kind: 'authority';
      readonly authority: KeyedCertificate;
      /** Its certificate as PEM in our form, which is also its identity. */
      readonly authorityPem: string;
      readonly previous: readonly X509Certificate[];
      /** True if signatures of a previous authority may be in service. */
      readonly isPreviousInForce: boolean;
      /**
       * What `previous` has to become so that the serving certificate in force stays trusted; null: it does, or
       * nobody trusts it anyway.
       */
      readonly orphaned: readonly X509Certificate[] | null;
      readonly bundle: string;
      /** Places of the configurations that hold something else. */
      readonly outdated: readonly number[];
      /** True if every configuration holds the authority. */
      readonly isAnnounced: boolean;
      /** Why the serving certificate has to be issued anew; nothing: it is as it should be. */
      readonly reasons: readonly Reason[];
    };

/**
 * Bounds the bundle when authorities are lost again and again. The oldest are kept: they have signed what is in
 * service, those that were lost before they were announced have signed nothing.
 */
const MAX_PREVIOUS = 8;

const endMs = (certificate: X509Certificate): number => certificate.validToDate.getTime();

const published = ({ bundles }: Observed): readonly X509Certificate[] =>
  bundles.flatMap(texts => texts ?? []).flatMap(certificatesIn);

/**
 * Every certificate that was signing, is recorded or is published, and has not ended; without `except`. One that
 * is no authority counts as well: cert-manager's self-signed issuer publishes the serving certificate itself.
 */
const stillTrusted = (
  observed: Observed,
  nowMs: number,
  except?: X509Certificate,
): readonly X509Certificate[] => {
  const stored = certificatesIn(observed.state.authority?.certificate ?? '');
  const byFingerprint = new Map<string, X509Certificate>();
  for (const certificate of [...stored, ...observed.state.previous, ...published(observed)]) {
    const isOther = certificate.fingerprint256 !== except?.fingerprint256;
    if (isOther && nowMs <= endMs(certificate)) byFingerprint.set(certificate.fingerprint256, certificate);
  }
  return [...byFingerprint.values()].sort((a, b) => endMs(a) - endMs(b)).slice(0, MAX_PREVIOUS);
};

/**
 * Somebody put another authority in place, out of a backup for example: what is published trusts the serving
 * certificate in force, what we are about to publish would not.
 */
const orphanedBy = (
  observed: Observed,
  authority: X509Certificate,
  nowMs: number,
): readonly X509Certificate[] | null => {
  const certificates = certificatesIn(observed.serving?.certificate ?? '');
  const isTrustedBy = (others: readonly X509Certificate[]): boolean =>
    isTrusted({ certificates, bundle: [authority, ...others] }, nowMs);
  if (isTrustedBy(observed.state.previous)) return null;
  const kept = stillTrusted(observed, nowMs, authority);
  return isTrustedBy(kept) ? kept : null;
};

/** Compares the stored with the wished; pure. */
export const assess = (observed: Observed, { names, nowMs }: Expected): Assessment => {
  const { authority, previous } = observed.state;
  const faults = authorityReasons(authority, nowMs);
  const [certificate] = certificatesIn(authority?.certificate ?? '');
  if (authority === null || certificate === undefined || faults.length > 0)
    return { kind: 'no-authority', reasons: faults, trusted: stillTrusted(observed, nowMs) };
  const authorityPem = certificate.toString();
  const bundle = bundleOf([certificate, ...previous]);
  const reasons = reissueReasons(observed.serving, { names, nowMs, authority: certificate });
  return {
    kind: 'authority',
    authority,
    authorityPem,
    previous,
    isPreviousInForce: previous.some(other => nowMs <= endMs(other)),
    orphaned: reasons.length === 0 ? null : orphanedBy(observed, certificate, nowMs),
    bundle,
    outdated: observed.bundles.flatMap((texts, place) =>
      texts?.some(text => text !== bundle) ? [place] : [],
    ),
    isAnnounced: observed.bundles.every(texts => texts?.every(text => text.includes(authorityPem)) ?? true),
    reasons,
  };
};
