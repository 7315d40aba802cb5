import { DOMAIN } from '../job.ts';

/**
 * Pinned by the clients, so that all contenders do the same work whatever they would choose: what browsers offer first.
 * The certificate's P-256 signature is the other half of a handshake.
 */
export const CIPHER_SUITE = 'TLS_AES_128_GCM_SHA256';
export const GROUP = 'X25519';

/** The name that clients ask for in the handshake; the certificate is good for all names of the job. */
export const SERVER_NAME = `shop-0.${DOMAIN}`;

/** OpenSSL's own configuration, the only way to pin what wrk offers. */
export const OPENSSL_CONFIG = `openssl_conf = bench
[bench]
ssl_conf = modules
[modules]
system_default = pinned
[pinned]
MinProtocol = TLSv1.3
Ciphersuites = ${CIPHER_SUITE}
Groups = ${GROUP}
`;
