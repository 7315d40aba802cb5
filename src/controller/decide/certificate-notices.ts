import { secretsAskedBy } from '../../core/asked-secret.ts';
import { lifeText, nextLifeMs } from '../../core/certificates/certificate-life.ts';
import { type SecretCertificate, secretCertificate } from '../../core/certificates/secret-certificate.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import { objectName } from '../../core/objects/metadata.ts';
import { shownValue } from '../../core/problem.ts';
import type { Notice } from './notices.ts';
import type { Observed, WakeTime } from './observed.ts';

/** Whoever renews it may be about to. */
const SETTLE_MS = 5_000;

/** Certificates that clients refuse for their age, or soon will: of those that we have been let read. */
export const certificateNotices = (
  readings: readonly IngressReading[],
  { secrets, nowMs }: Pick<Observed, 'secrets' | 'nowMs'>,
): { readonly notices: readonly Notice[]; readonly wakeMs: WakeTime } => {
  const known = new Map<string, SecretCertificate>();
  for (const secret of secrets) {
    const reading = secretCertificate(secret);
    if (reading.ok) known.set(objectName(secret.metadata), reading.certificate);
  }
  const notices = readings.flatMap((reading): readonly Notice[] => {
    const asked = secretsAskedBy(reading).filter(({ use }) => use === 'certificate');
    const names = new Map(asked.map(secret => [objectName(secret), secret.name]));
    const { namespace, name } = reading.ingress.metadata;
    return [...names].flatMap(([id, secretName]): readonly Notice[] => {
      const certificate = known.get(id);
      const text = certificate === undefined ? null : lifeText(certificate, nowMs);
      if (text === null) return [];
      return [
        {
          object: { kind: 'Ingress', namespace, name },
          type: 'Warning',
          reason: 'CertificateExpiry',
          message: `the certificate in Secret ${shownValue(secretName)} ${text}`,
          settleMs: SETTLE_MS,
        },
      ];
    });
  });
  const wakes = [...known.values()].map(certificate => nextLifeMs(certificate, nowMs));
  return { notices, wakeMs: wakes.reduce((first, ms) => Math.min(first, ms), Number.POSITIVE_INFINITY) };
};
