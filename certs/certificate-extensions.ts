import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type Der,
  derBits,
  derBoolean,
  derBuffer,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derTagged,
  keyIdentifier,
} from './certificate-der.ts';

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } (RFC 5280 4.1). */
const extension = (oid: string, isCritical: boolean, value: Der): Der =>
  derSequence(
    derOid(oid),
    // DER leaves a default out.
    ...(isCritical ? [derBoolean(true)] : []),
    derOctets(derBuffer(value)),
  );

/** It signs serving certificates and no further authorities: path length 0 (RFC 5280 4.2.1.9). */
export const authorityConstraints = (): Der =>
  extension('2.5.29.19', true, derSequence(derBoolean(true), derInteger(Buffer.of(0))));

/** It is no authority: `cA` is left out, as its default. */
export const leafConstraints = (): Der => extension('2.5.29.19', true, derSequence());

const KEY_USAGE = '2.5.29.15';

/** keyCertSign and cRLSign: bits 5 and 6 (RFC 5280 4.2.1.3). */
export const signingUsage = (): Der => extension(KEY_USAGE, true, derBits(Buffer.of(0x06), 1));

/** digitalSignature: bit 0. All that a handshake with forward secrecy asks of a server's key. */
export const handshakeUsage = (): Der => extension(KEY_USAGE, true, derBits(Buffer.of(0x80), 7));

/** id-kp-serverAuth (RFC 5280 4.2.1.12). */
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

export const serverUsage = (): Der => extension('2.5.29.37', false, derSequence(derOid(SERVER_AUTH)));

export const subjectKey = (key: KeyObject): Der =>
  extension('2.5.29.14', false, derOctets(keyIdentifier(key)));

/** Names the signer's key, so that a verifier with several authorities looks at the right one. */
export const authorityKey = (key: KeyObject): Der =>
  extension('2.5.29.35', false, derSequence(derTagged(0, keyIdentifier(key))));

/** The groups of an IPv6 address between or outside `::`. */
const groupBytes = (groups: string): number[] =>
  groups === ''
    ? []
    : groups.split(':').flatMap(group => {
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });

const ipBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // URL writes an address in one way (RFC 5952), dotted quads included.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [groupBytes(head), groupBytes(tail)];
  return Buffer.from([...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after]);
};

/** dNSName [2] or iPAddress [7] (RFC 5280 4.2.1.6). */
const generalName = (name: string): Der =>
  isIP(name) === 0 ? derTagged(2, Buffer.from(name, 'ascii')) : derTagged(7, ipBytes(name));

/** Not critical, since there is a subject beside it. */
export const alternativeNames = (names: readonly string[]): Der =>
  extension('2.5.29.17', false, derSequence(...names.map(generalName)));
