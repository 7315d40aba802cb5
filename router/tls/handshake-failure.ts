/** Why a handshake came to nothing, as it is counted. */
export type HandshakeFailure =
  /** It took too long. */
  | 'timeout'
  /** The client left. */
  | 'gone'
  /** What came was no TLS: HTTP in clear, say. */
  | 'not_tls'
  /** No version, cipher or protocol that both speak. */
  | 'unsupported'
  /** The client did not want our certificate, or said that something else was wrong. */
  | 'alert'
  | 'other';

const FAILURE_OF: Readonly<Record<string, HandshakeFailure>> = {
  ECONNRESET: 'gone',
  EPIPE: 'gone',
  ERR_SSL_HTTP_REQUEST: 'not_tls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'not_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not_tls',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'unsupported',
  ERR_SSL_VERSION_TOO_LOW: 'unsupported',
  ERR_SSL_NO_SHARED_CIPHER: 'unsupported',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'unsupported',
  ERR_SSL_NO_SUITABLE_GROUPS: 'unsupported',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'unsupported',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'unsupported',
};

/** Null: the connection ended without an error. */
export const handshakeFailureOf = (error: Error | null): HandshakeFailure => {
  if (error === null) return 'gone';
  const code = 'code' in error ? String(error.code) : '';
  return FAILURE_OF[code] ?? (/^ERR_SSL_.*ALERT_/.test(code) ? 'alert' : 'other');
};
