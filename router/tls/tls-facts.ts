/** What the handshake of a connection came to. */
export type TlsFacts = {
  /** As the client sent it (SNI), in lower case and without a trailing dot; empty: it sent none. */
  readonly serverName: string;
  /** Id of the certificate that the name selects; null: the default certificate. */
  readonly certificate: string | null;
  readonly protocol: 'h2' | 'http/1.1';
};
