import type { KnownSecrets } from '../known-secrets.ts';
import { objectName } from '../objects/metadata.ts';
import type { Secret } from '../objects/secret.ts';
import { shownValue } from '../problem.ts';
import type { Report, ReportReason } from '../report.ts';
import { secretCertificate } from './secret-certificate.ts';
import { inOrderFor, type TlsEntry } from './tls-entry.ts';

/** What the choice of a certificate hangs on beside the entries that name one. */
export interface CertificateSource {
  /** By `namespace/name`; undefined: there is no such Secret, as far as we may know. */
  secret(id: string): Secret | undefined;
  readonly knownSecrets: KnownSecrets;
  /** By `namespace/name`: of `none` known, these are known not to be there. */
  readonly absentSecrets: ReadonlySet<string>;
  /** `namespace/name` of the Secret whose certificate is shown where no other is; null: the router's own. */
  readonly defaultCertificate: string | null;
}

export type HostCertificate = {
  /** Null: the default certificate. */
  readonly id: string | null;
  /** Somebody asked for TLS, and what clients are shown is for this domain: who comes in clear may be sent to HTTPS. */
  readonly isServed: boolean;
  /** Every Secret that was looked at: whatever becomes of one of them may change the choice. */
  readonly secrets: readonly string[];
  readonly reports: readonly Report[];
};

const shown = (domain: string): string => (domain === '' ? 'requests for all hosts' : shownValue(domain));

type Fault = { readonly reason: ReportReason; readonly message: string };

/** Why clients of a domain are not shown what a Secret holds, after the field that names it; null: they are. */
export const certificateFault = (
  { name, secret }: { readonly name: string; readonly secret: Secret | undefined },
  domain: string,
  maybe = '',
): Fault | null => {
  const told = shownValue(name);
  if (secret === undefined) {
    const message = `Secret ${told} does not exist${maybe}; its hosts are shown the default certificate.`;
    return { reason: 'CertificateMissing', message };
  }
  const reading = secretCertificate(secret);
  if (!reading.ok) {
    const message = `Secret ${told} ${reading.reason}; its hosts are shown the default certificate.`;
    return { reason: 'CertificateInvalid', message };
  }
  if (reading.certificate.covers(domain)) return null;
  const message = `the certificate in Secret ${told} is not for ${shown(domain)}, which is shown the default certificate; it is for ${shownValue(reading.certificate.names)}.`;
  return { reason: 'CertificateNotForHost', message };
};

const MAYBE: Readonly<Record<KnownSecrets, string>> = {
  all: '',
  granted: ', or may not be read (docs/tls.md says how)',
  none: '',
};

const entryReport = ({ ingress, index }: TlsEntry, { reason, message }: Fault): Report => {
  const { namespace, name } = ingress;
  return {
    reason,
    object: { kind: 'Ingress', namespace, name },
    message: `spec.tls[${index}].secretName: ${message}`,
  };
};

const coversByDefault = (domain: string, { defaultCertificate, secret }: CertificateSource): boolean => {
  const found = defaultCertificate === null ? undefined : secret(defaultCertificate);
  if (found === undefined) return false;
  const reading = secretCertificate(found);
  return reading.ok && reading.certificate.covers(domain);
};

const isKnownMissing = (id: string, { knownSecrets, absentSecrets }: CertificateSource): boolean =>
  knownSecrets !== 'none' || absentSecrets.has(id);

/**
 * Which certificate clients of a domain are shown: of the entries that cover it (ADR 0025), all of the namespace that
 * holds it, the first whose certificate is good and is for it. What is wrong with those before it is reported.
 */
export const hostCertificate = (
  domain: string,
  entries: readonly TlsEntry[],
  source: CertificateSource,
): HostCertificate => {
  const secrets: string[] = [];
  const reports: Report[] = [];
  for (const entry of inOrderFor(domain, entries)) {
    // Whoever names no Secret wants the default certificate.
    if (entry.secret === null) break;
    const id = objectName({ namespace: entry.ingress.namespace, name: entry.secret });
    if (secrets.includes(id)) continue;
    secrets.push(id);
    const secret = source.secret(id);
    const fault = certificateFault({ name: entry.secret, secret }, domain, MAYBE[source.knownSecrets]);
    // One certificate has one name: by two a connection would look as if it were for another host's (421).
    const shownId = id === source.defaultCertificate ? null : id;
    if (fault === null) return { id: shownId, isServed: true, secrets, reports };
    if (secret !== undefined || isKnownMissing(id, source)) reports.push(entryReport(entry, fault));
  }
  const { defaultCertificate } = source;
  return {
    id: null,
    isServed: entries.length > 0 && coversByDefault(domain, source),
    secrets: defaultCertificate === null ? secrets : [...new Set([...secrets, defaultCertificate])],
    reports,
  };
};
