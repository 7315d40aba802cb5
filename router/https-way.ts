/** What requests in clear are told of the way over TLS. */
export type HttpsWay = {
  /** This router has a port for TLS. */
  readonly isServed: boolean;
  /** Under which clients reach it. */
  publicPort(): number;
};

/** The usual port of `https`. */
export const HTTPS_PORT = 443;
