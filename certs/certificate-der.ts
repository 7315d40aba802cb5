import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto';
import forge from 'node-forge';

const { asn1 } = forge;

/** A piece of DER, before its length is known. */
export type Der = forge.asn1.Asn1;

const UNIVERSAL = asn1.Class.UNIVERSAL;

/** node-forge keeps bytes as strings of the characters 0 to 255. */
const bytesOf = (buffer: Uint8Array): string => Buffer.from(buffer).toString('latin1');

export const derBuffer = (der: Der): Buffer => Buffer.from(asn1.toDer(der).getBytes(), 'latin1');

export const derSequence = (...members: readonly Der[]): Der =>
  asn1.create(UNIVERSAL, asn1.Type.SEQUENCE, true, [...members]);

export const derOid = (oid: string): Der =>
  asn1.create(UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(oid).getBytes());

export const derBoolean = (value: boolean): Der =>
  asn1.create(UNIVERSAL, asn1.Type.BOOLEAN, false, value ? '\u00ff' : '\u0000');

/** A number that is not negative, most significant byte first, its top bit clear. */
export const derInteger = (bytes: Uint8Array): Der =>
  asn1.create(UNIVERSAL, asn1.Type.INTEGER, false, bytesOf(bytes));

export const derOctets = (bytes: Uint8Array): Der =>
  asn1.create(UNIVERSAL, asn1.Type.OCTETSTRING, false, bytesOf(bytes));

/** A bit string; its last byte has `unusedBits` that do not count. */
export const derBits = (bytes: Uint8Array, unusedBits = 0): Der =>
  asn1.create(UNIVERSAL, asn1.Type.BITSTRING, false, bytesOf(Buffer.concat([Buffer.of(unusedBits), bytes])));

/** `[tag] IMPLICIT` bytes. */
export const derTagged = (tag: number, bytes: Uint8Array): Der =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, bytesOf(bytes));

/** `[tag] EXPLICIT` structure. */
const derExplicit = (tag: number, content: Der): Der =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, [content]);

/** A name of one attribute, commonName in UTF-8. */
export const derName = (commonName: string): Der =>
  derSequence(
    asn1.create(UNIVERSAL, asn1.Type.SET, true, [
      derSequence(
        derOid('2.5.4.3'),
        asn1.create(UNIVERSAL, asn1.Type.UTF8, false, bytesOf(Buffer.from(commonName, 'utf8'))),
      ),
    ]),
  );

const FIRST_GENERALIZED_MS = Date.UTC(2050, 0, 1);

/** UTCTime through 2049, GeneralizedTime from 2050 on, whole seconds (RFC 5280 4.1.2.5). */
const derTime = (timeMs: number): Der => {
  const date = new Date(timeMs);
  return timeMs < FIRST_GENERALIZED_MS
    ? asn1.create(UNIVERSAL, asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
};

/**
 * The point of a P-256 key, uncompressed (RFC 5480 2.2). Taken from its coordinates: node-forge would read the
 * bits of one key in 256 as DER of their own.
 */
const publicPoint = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
};

const EC_PUBLIC_KEY_ON_P256 = derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7'));

const subjectPublicKeyInfo = (key: KeyObject): Der =>
  derSequence(EC_PUBLIC_KEY_ON_P256, derBits(publicPoint(key)));

/** Leftmost 160 bits of the SHA-256 of the key's bits (RFC 7093 2, method 1). */
export const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicPoint(key)).digest().subarray(0, 20);

/** The subject of a certificate as it is written there: an issuer has to be the same, byte for byte (RFC 5280 7.1). */
export const subjectOf = (certificate: X509Certificate): Der => {
  const toBeSigned = asn1.fromDer(bytesOf(certificate.raw)).value[0];
  // version, serialNumber, signature, issuer, validity, subject
  const subject = typeof toBeSigned === 'object' ? toBeSigned.value[5] : undefined;
  if (typeof subject !== 'object') throw new TypeError('a certificate without subject');
  return subject;
};

/** What a certificate says (RFC 5280 4.1.2), before somebody signs it. */
export type CertificateContent = {
  /** Most significant byte first, positive, at most 20 bytes. */
  readonly serial: Uint8Array;
  readonly issuer: Der;
  readonly subject: Der;
  /** Milliseconds since the epoch; a certificate holds whole seconds, rounded down. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** On P-256. */
  readonly publicKey: KeyObject;
  readonly extensions: readonly Der[];
};

/** ecdsa-with-SHA256; its parameters are absent, not NULL (RFC 5758 3.2), which node-forge's own signing cannot say. */
const ECDSA_WITH_SHA256 = derSequence(derOid('1.2.840.10045.4.3.2'));

const VERSION_3 = derExplicit(0, derInteger(Buffer.of(2)));

/** The certificate in PEM, signed by a P-256 key. */
export const signedCertificate = (content: CertificateContent, signer: KeyObject): string => {
  const toBeSigned = derSequence(
    VERSION_3,
    derInteger(content.serial),
    ECDSA_WITH_SHA256,
    content.issuer,
    derSequence(derTime(content.notBeforeMs), derTime(content.notAfterMs)),
    content.subject,
    subjectPublicKeyInfo(content.publicKey),
    derExplicit(3, derSequence(...content.extensions)),
  );
  const signature = sign('sha256', derBuffer(toBeSigned), signer);
  const der = derBuffer(derSequence(toBeSigned, ECDSA_WITH_SHA256, derBits(signature)));
  return new X509Certificate(der).toString();
};
