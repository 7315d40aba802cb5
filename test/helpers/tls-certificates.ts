import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { SecureContexts, type SecureContextsParts } from '../../router/tls/secure-contexts.ts';
import { SessionTickets, TICKET_KEY_BYTES, type TicketKey } from '../../router/tls/session-tickets.ts';
import type { CertificatePlan } from '../../src/core/route-plan.ts';
import { DAY_MS, NOW_MS, selfSigned } from './certificates.ts';

/** An ECDSA certificate for these names, as a plan has it. */
export const ecdsaPlan = (id: string, ...names: readonly string[]): CertificatePlan => {
  const { certificate, key } = selfSigned(names, NOW_MS);
  return { id, chain: certificate, key };
};

let rsaKeys: { readonly publicKey: string; readonly privateKey: string } | null = null;

/** An RSA certificate for one name; all of a test process have the same key, which takes long to make. */
export const rsaPlan = (id: string, name: string): CertificatePlan => {
  rsaKeys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const { publicKey, privateKey } = rsaKeys;
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(NOW_MS);
  certificate.validity.notAfter = new Date(NOW_MS + 90 * DAY_MS);
  const subject = [{ name: 'commonName', value: 'rsa' }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { id, chain: forge.pki.certificateToPem(certificate), key: privateKey };
};

export const newTicketKey = (): TicketKey => randomBytes(TICKET_KEY_BYTES);

/** Of all tests of a process: making one takes a while. */
export const FALLBACK = ecdsaPlan('none', 'fallback.test');

/** The contexts of a worker that has these certificates. */
export const contextsOf = (
  certificates: readonly CertificatePlan[],
  parts: Partial<SecureContextsParts> = {},
): SecureContexts => {
  const log = parts.log ?? (() => undefined);
  const contexts = new SecureContexts({
    fallback: FALLBACK,
    defaultId: null,
    tickets: new SessionTickets({ sealing: newTicketKey(), accepted: [] }, log),
    protocols: ['http/1.1'],
    log,
    ...parts,
  });
  contexts.apply({ set: certificates, removed: [] });
  return contexts;
};
