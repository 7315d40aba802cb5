import type { SecretCertificate } from './secret-certificate.ts';

export type CertificateLife = 'notYet' | 'good' | 'expiring' | 'expired';

const DAY_MS = 86_400_000;

/** What renews certificates by itself has done it by then: cert-manager does when a third of their life is left. */
const EXPIRING_MS = 14 * DAY_MS;
const EXPIRING_SHARE = 1 / 4;

type Span = Pick<SecretCertificate, 'notBeforeMs' | 'notAfterMs'>;

const expiringFrom = ({ notBeforeMs, notAfterMs }: Span): number =>
  notAfterMs - Math.min(EXPIRING_MS, (notAfterMs - notBeforeMs) * EXPIRING_SHARE);

/** Fourteen days before its end a certificate is expiring; one of a short life in the last quarter of that. */
export const certificateLife = (span: Span, nowMs: number): CertificateLife => {
  if (nowMs < span.notBeforeMs) return 'notYet';
  if (nowMs > span.notAfterMs) return 'expired';
  return nowMs >= expiringFrom(span) ? 'expiring' : 'good';
};

/** When time alone makes something else of it; Infinity: never. */
export const nextLifeMs = (span: Span, nowMs: number): number =>
  [span.notBeforeMs, expiringFrom(span), span.notAfterMs + 1].find(ms => ms > nowMs) ??
  Number.POSITIVE_INFINITY;

/** What is the case and what to do, after `the certificate in Secret "x"`; null: nothing is. */
export const lifeText = (span: Span, nowMs: number): string | null => {
  const [begin, end] = [span.notBeforeMs, span.notAfterMs].map(ms => new Date(ms).toISOString());
  switch (certificateLife(span, nowMs)) {
    case 'good':
      return null;
    case 'notYet':
      return `is not valid before ${begin}; it is shown, and clients refuse it until then.`;
    case 'expiring':
      return `expires at ${end}; whoever renews it is late.`;
    case 'expired':
      return `expired at ${end}; it is shown, and clients refuse it.`;
  }
};
