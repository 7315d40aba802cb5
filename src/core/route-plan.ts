import type { BackendProtocol } from './backend-protocol.ts';
import type { Affinity, Balance } from './balance.ts';
import type { RoutePolicy } from './route-settings.ts';
import type { Ticket } from './ticket/ticket.ts';

/**
 * The intermediate representation between Kubernetes objects and the router's table: plain, sorted,
 * printable JSON (DESIGN 10). The router, `explain`, `status` and the golden tests read the same plan.
 */
export type RoutePlan = {
  /** Sorted by host; unique. */
  readonly hosts: readonly HostPlan[];
  /** Sorted by id; unique; every pool that a route or a TCP port names is here. */
  readonly pools: readonly PoolPlan[];
  /** Sorted by id; unique; every certificate that a host names is here. */
  readonly certificates: readonly CertificatePlan[];
  /** Sorted by port; unique. */
  readonly tcp: readonly TcpPlan[];
};

export type HostPlan = {
  /** `taobao.com`, `*.taobao.com` (exactly one label), or `` for every host that no other entry serves. */
  readonly host: string;
  /** In order of precedence: the first that matches the path wins (DESIGN 7). */
  readonly routes: readonly RoutePlanEntry[];
  /** Where a path that no route matches goes; null: 404. */
  readonly fallback: RouteAction | null;
  /** Id of the certificate that TLS clients of this host are shown; missing: the router's default certificate. */
  readonly certificate?: string;
};

/** A certificate and its key, checked: whoever prints a plan for people leaves `key` out. */
export type CertificatePlan = {
  /** `namespace/name` of the Secret. */
  readonly id: string;
  /** PEM: the leaf, then its chain. */
  readonly chain: string;
  /** PEM, without a passphrase. */
  readonly key: string;
};

/** One TCP port of the router, and the Service that it leads to. */
export type TcpPlan = {
  /** Of the router. */
  readonly port: number;
  readonly source: TcpSource;
  /** Pool id of each track; `stable` is always there. Sorted by track. */
  readonly pools: Readonly<Record<string, string>>;
  /** Tried in this order; conditions on anything but the source address are not in here. */
  readonly tickets: readonly Ticket[];
  readonly onEmptyEdge: 'stable' | 'unavailable';
  /** What a percentage is salted with by default, in place of a rule's host. */
  readonly ownHost: string;
  /** Null: the router's own. */
  readonly connectMs: number | null;
  /** How long neither side may send anything; null: the router's own. */
  readonly idleMs: number | null;
  /** True: every connection begins with a PROXY header of a trusted proxy (v1 or v2). */
  readonly acceptsProxy: boolean;
  /** The PROXY header that the backend is sent; null: none. */
  readonly sendsProxy: 1 | 2 | null;
};

/** Who wrote it: the Service and the field, for explain and logs. */
export type TcpSource = { readonly namespace: string; readonly service: string; readonly field: string };

export type RoutePlanEntry = { readonly match: PathMatch; readonly action: RouteAction };

export type PathMatch =
  /** The whole normalized path, byte for byte. */
  | { readonly kind: 'exact'; readonly path: string }
  /** By path element: `/cart` matches `/cart` and `/cart/…`, never `/cartoon`. Written without trailing slash; `/` matches all. */
  | { readonly kind: 'prefix'; readonly path: string }
  /** RE2, anchored at the start, case-insensitive. */
  | { readonly kind: 'regex'; readonly pattern: string };

export type RouteAction =
  | {
      readonly kind: 'forward';
      /** Who wrote it: `namespace/name` of the Ingress and the field, for explain and logs. */
      readonly source: RouteSource;
      /** Stable Service, by name in the Ingress' namespace. */
      readonly service: string;
      /** Pool id of each track; `stable` is always there. Sorted by track. */
      readonly pools: Readonly<Record<string, string>>;
      /** Tried in this order; none while paused. */
      readonly tickets: readonly Ticket[];
      readonly paused: boolean;
      readonly onEmptyEdge: 'stable' | 'unavailable';
      /** The host that a percentage is salted with by default: the rule's own host. */
      readonly ownHost: string;
      /** ingress-nginx' `rewrite-target`: the new path; `$1`… are the groups of a regex match. */
      readonly rewriteTarget: string | null;
      readonly balance: Balance;
      /** Null: every request is balanced anew. */
      readonly affinity: Affinity | null;
      /** In the order of the checks; missing where the Ingress asks for none, as most do. */
      readonly policies?: readonly RoutePolicy[];
      /** How the pods are spoken to; missing: HTTP/1.1 in clear. */
      readonly backend?: BackendProtocol;
    }
  /** Stored, but may not be served: access control that we do not implement or cannot read (DESIGN 5). */
  | { readonly kind: 'refuse'; readonly source: RouteSource; readonly reason: string };

export type RouteSource = {
  readonly namespace: string;
  readonly ingress: string;
  /** `spec.rules[0].http.paths[1]` or `spec.defaultBackend`. */
  readonly field: string;
};

export type PoolPlan = {
  /** `namespace/service:port`, the port as the Ingress names it; `#edge` follows where the Service is an edge (`poolId`). */
  readonly id: string;
  /** `ready`: endpoints are ready; `terminating`: none is ready, these still serve; `empty`: none at all. */
  readonly state: 'ready' | 'terminating' | 'empty';
  /** Sorted by address, then port; unique. */
  readonly endpoints: readonly PoolEndpoint[];
};

export type PoolEndpoint = {
  /** IPv4 or IPv6 address text. */
  readonly address: string;
  readonly port: number;
  /** The Pod behind it where known, for people. */
  readonly pod: string | null;
};
