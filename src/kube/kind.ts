import type { Metadata } from '../core/objects/metadata.ts';
import type { Result } from '../core/problem.ts';

/** Anything that has a name; all types of `src/core/objects` do. */
export type Named = { readonly metadata: Metadata };

/** A kind of object in the API: where it is served, and how its JSON becomes a type, once. */
export type Kind<T extends Named> = {
  /** `Ingress` */
  readonly name: string;
  /** `ingresses`, as it stands in a URL. */
  readonly plural: string;
  readonly scope: 'namespaced' | 'cluster';
  /** `networking.k8s.io/v1`, best first; discovery takes the first that the server has. */
  readonly apiVersions: readonly [string, ...string[]];
  readonly parse: (value: unknown) => Result<T>;
};

/** Which object; `namespace` is the empty string for kinds of cluster scope. */
export type ObjectRef = { readonly namespace: string; readonly name: string };

/** An object as it was when the API server last told of it. */
export type Versioned<T> = {
  readonly object: T;
  /** Opaque; goes back to the server as a precondition. Empty after a dry run that made something. */
  readonly resourceVersion: string;
  /** Counts changes of `spec`; null for kinds that have none. */
  readonly generation: number | null;
};
