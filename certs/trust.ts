import type { X509Certificate } from 'node:crypto';
import type { Validity } from './lifetimes.ts';

/** Longest way from a certificate to an authority in a bundle. */
const MAX_INTERMEDIATES = 4;

export const validityOf = (certificate: X509Certificate): Validity => ({
  notBeforeMs: certificate.validFromDate.getTime(),
  notAfterMs: certificate.validToDate.getTime(),
});

/** True within its time, both ends included (RFC 5280 4.1.2.5). */
export const isInTime = (certificate: X509Certificate, nowMs: number): boolean => {
  const { notBeforeMs, notAfterMs } = validityOf(certificate);
  return notBeforeMs <= nowMs && nowMs <= notAfterMs;
};

/** True if `issuer` names itself so and its key made the signature. */
export const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

export type Chain = {
  /** The certificate itself, then whatever came with it, in any order. */
  readonly certificates: readonly X509Certificate[];
  /** What the client trusts. */
  readonly bundle: readonly X509Certificate[];
};

/** True if there is a way from the first certificate to the bundle on which every certificate counts. */
const leadsToBundle = (
  { certificates, bundle }: Chain,
  counts: (certificate: X509Certificate) => boolean,
): boolean => {
  const [leaf, ...others] = certificates;
  const anchors = bundle.filter(counts);
  const links = others.filter(link => link.ca && counts(link));
  const leads = (certificate: X509Certificate, stepsLeft: number): boolean =>
    anchors.some(anchor => anchor.raw.equals(certificate.raw) || isIssuedBy(certificate, anchor)) ||
    (stepsLeft > 0 && links.some(link => isIssuedBy(certificate, link) && leads(link, stepsLeft - 1)));
  return leaf !== undefined && counts(leaf) && leads(leaf, MAX_INTERMEDIATES);
};

/**
 * True if a client that trusts the bundle and nothing else accepts the first certificate at this time, as far as
 * Go's verifier in an API server looks: every step signed and in its time, the authority's own included.
 */
export const isTrusted = (chain: Chain, nowMs: number): boolean =>
  leadsToBundle(chain, certificate => isInTime(certificate, nowMs));

/** The same whatever the time is: for a machine whose own clock may be the wrong one. */
export const isSigned = (chain: Chain): boolean => leadsToBundle(chain, () => true);
