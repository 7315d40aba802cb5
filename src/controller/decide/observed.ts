import type { OwnershipOptions } from '../../core/host-ownership.ts';
import type { ScopeOptions } from '../../core/ingress-scope.ts';
import type { ConfigMap } from '../../core/objects/config-map.ts';
import type { EndpointSlice } from '../../core/objects/endpoint-slice.ts';
import type { IngressClass } from '../../core/objects/ingress-class.ts';
import type { Namespace } from '../../core/objects/namespace.ts';
import type { Secret } from '../../core/objects/secret.ts';
import type { TcpPortOptions } from '../../core/tcp-ports.ts';
import type { Versioned } from '../../kube/kind.ts';
import type { EntryPoint, StoredIngress, StoredService } from '../stored-kinds.ts';

/** One look at everything that the controller decides by. */
export type Observed = {
  readonly ingresses: readonly Versioned<StoredIngress>[];
  readonly services: readonly Versioned<StoredService>[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly namespaces: readonly Namespace[];
  readonly ingressClasses: readonly IngressClass[];
  /** The ConfigMaps of claims, in our own namespace. */
  readonly claimMaps: readonly Versioned<ConfigMap>[];
  /** Namespaces with an Ingress or Service that nobody can read: what it names is not known, so nothing there is taken away. */
  readonly blindNamespaces: ReadonlySet<string>;
  /** Secrets that Ingresses ask for and that nobody has let the routers read, by namespace and name. */
  readonly missingGrants: ReadonlySet<string>;
  /** Those with certificates that we have been let read. */
  readonly secrets: readonly Secret[];
  /** Of those the ones that are not there, by namespace and name. */
  readonly absentSecrets: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
};

/** Where `status.loadBalancer` of our Ingresses comes from. */
export type StatusSource =
  | { readonly kind: 'off' }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'addresses'; readonly entryPoints: readonly EntryPoint[] };

/** What an installation decides about its controller. */
export type ControllerOptions = ScopeOptions &
  TcpPortOptions &
  Omit<OwnershipOptions, 'recordedClaims'> & {
    /** Name of the service-config annotation. */
    readonly annotation: string;
    /** Where the controller lives: its claims are here, and nothing here is repaired. */
    readonly ownNamespace: string;
    readonly status: StatusSource;
  };

/** What is still to be done, beside the actions, once time has passed: milliseconds since the epoch; Infinity: nothing. */
export type WakeTime = number;
