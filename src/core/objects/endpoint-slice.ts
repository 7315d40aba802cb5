import type { Metadata } from './metadata.ts';

/** discovery.k8s.io/v1 EndpointSlice, as far as we read it. */
export type EndpointSlice = {
  readonly kind: 'EndpointSlice';
  readonly metadata: Metadata;
  /** Label `kubernetes.io/service-name`; null: belongs to no Service. */
  readonly service: string | null;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly endpoints: readonly SliceEndpoint[];
};

export type SliceEndpoint = {
  readonly addresses: readonly string[];
  /** Null means true (discovery/v1: "nil should be interpreted as true"). Resolved at parsing. */
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly targetRef: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string | null;
  } | null;
};
