/** How a router speaks to the pods of a route: ingress-nginx' `backend-protocol` and its `proxy-ssl-*`. */
export type BackendProtocol =
  /** HTTP/2 in clear, with prior knowledge (RFC 9113 3.3): `H2C`, `GRPC`. */
  | { readonly kind: 'h2c' }
  /** `HTTPS` (HTTP/1.1) and `GRPCS` (HTTP/2, by ALPN). */
  | { readonly kind: 'tls'; readonly http: 1 | 2; readonly tls: BackendTls };

/** What a pod's certificate has to be. */
export type BackendTls = {
  /** False: any certificate will do. */
  readonly verify: boolean;
  /** PEM of those that may have signed it; null: the well-known authorities. */
  readonly ca: string | null;
  /** The name that it must be for: `<service>.<namespace>.svc` where nobody says otherwise. */
  readonly serverName: string;
  /** True: pods are told that name (SNI). */
  readonly sendsName: boolean;
  /** What this router shows of itself; null: nothing. Whoever prints a plan for people leaves `key` out. */
  readonly client: { readonly chain: string; readonly key: string } | null;
};
