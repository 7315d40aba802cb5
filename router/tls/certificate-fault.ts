import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** What a server says of the certificate that it was shown, or was not (RFC 8446 6.2), as OpenSSL has it. */
const ALERT =
  /_ALERT_(?:(?:BAD|UNSUPPORTED|NO)_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED)$/;

const untrusted = new WeakSet<Socket>();

/** Keeps in mind that a connection to a server ends because one side does not trust the other's certificate. */
export const noteCertificateFault = (socket: TLSSocket): void => {
  socket.on('error', error => {
    const code = 'code' in error ? String(error.code) : '';
    // Node keeps here why it did not take the server's.
    const isOurVerdict = socket.authorizationError != null;
    if (isOurVerdict || ALERT.test(code)) untrusted.add(socket);
  });
};

/** True where that is why it has ended. Not every server says what it has against a client. */
export const isCertificateFault = (socket: Socket): boolean => untrusted.has(socket);
