import type { ObjectSnapshot } from '../src/core/objects/objects.ts';

/** Where Kubernetes objects come from: files or a cluster (DESIGN 9). */
export interface Source {
  /** One consistent look, as of the last change told. */
  readonly snapshot: ObjectSnapshot;
  /** Claims that are on record: domain -> namespace. */
  readonly claims: ReadonlyMap<string, string>;
}
