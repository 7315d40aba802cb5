import { lifeText } from '../../core/certificates/certificate-life.ts';
import { certificateFault } from '../../core/certificates/host-certificate.ts';
import { secretCertificate } from '../../core/certificates/secret-certificate.ts';
import { type TlsEntry, tlsEntriesOf, wildcardOver } from '../../core/certificates/tls-entry.ts';
import { shownValue } from '../../core/problem.ts';
import type { Advice, Subject } from './subject.ts';

/** The domains of this Ingress that an entry covers; some name in any case, since a Secret may be bad for all. */
const coveredBy = ({ hosts }: TlsEntry, { rules }: Subject): readonly string[] => {
  const domains = [...new Set(rules.flatMap(rule => rule.domains))];
  return domains.filter(domain => hosts.includes(domain) || hosts.includes(wildcardOver(domain) ?? domain));
};

/** Secrets that hold no certificate for the hosts that name them, where Secrets are known. */
export const certificatesAreGood: Advice = (subject, nowMs) =>
  tlsEntriesOf(subject).flatMap((entry): readonly string[] => {
    const name = entry.secret;
    if (name === null) return [];
    const secret = subject.secret(entry.ingress.namespace, name);
    if (secret === null) return [];
    const field = `spec.tls[${entry.index}].secretName`;
    const reading = secret === undefined ? null : secretCertificate(secret);
    if (reading === null || !reading.ok)
      return [`${field}: ${certificateFault({ name, secret }, '')?.message}`];
    const life = lifeText(reading.certificate, nowMs);
    const faults = coveredBy(entry, subject).flatMap(
      domain => certificateFault({ name, secret }, domain)?.message ?? [],
    );
    return [
      ...faults.map(message => `${field}: ${message}`),
      ...(life === null ? [] : [`${field}: the certificate in Secret ${shownValue(name)} ${life}`]),
    ];
  });
