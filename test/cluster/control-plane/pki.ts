import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** Both PEM. */
export type KeyAndCertificate = { readonly key: string; readonly certificate: string };

export type Authority = {
  /** PEM; what a client trusts, or the `caBundle` of a webhook. */
  readonly certificate: string;
  /** A serving certificate for these names and addresses. */
  readonly issue: (names: readonly string[]) => KeyAndCertificate;
};

const DAY_MS = 86_400_000;

// Node makes keys a hundred times faster than forge does, and forge signs where Node cannot.
const newKey = () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  });
  const privateKey = forge.pki.privateKeyFromPem(pem.toString());
  return {
    pem: pem.toString(),
    privateKey,
    publicKey: forge.pki.setRsaPublicKey(privateKey.n, privateKey.e),
  };
};

const newCertificate = (commonName: string): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate();
  // Positive, as RFC 5280 4.1.2.2 wants it.
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + 30 * DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
};

/** A certificate authority that lives as long as the test. */
export const newAuthority = (commonName: string): Authority => {
  const keys = newKey();
  const certificate = newCertificate(commonName);
  certificate.publicKey = keys.publicKey;
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return {
    certificate: forge.pki.certificateToPem(certificate),
    issue: names => {
      const leafKeys = newKey();
      const leaf = newCertificate(names[0] ?? commonName);
      leaf.publicKey = leafKeys.publicKey;
      leaf.setIssuer(certificate.subject.attributes);
      leaf.setExtensions([
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: names.map(name => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
        },
      ]);
      leaf.sign(keys.privateKey, forge.md.sha256.create());
      return { key: leafKeys.pem, certificate: forge.pki.certificateToPem(leaf) };
    },
  };
};
