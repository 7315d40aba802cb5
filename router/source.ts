import type { ObjectChanges } from '../src/core/object-changes.ts';
import type { ObjectSnapshot } from '../src/core/objects/objects.ts';

/** Where Kubernetes objects come from: files or a cluster (DESIGN 9). */
export interface Source {
  /** Everything, as of the last change that was taken. */
  readonly snapshot: ObjectSnapshot;
  /** Claims that are on record: domain -> namespace. */
  readonly claims: ReadonlyMap<string, string>;
  /** What differs from what was taken before; everything, the first time. */
  takeChanges(): ObjectChanges;
}
