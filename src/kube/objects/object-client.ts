import type { Json } from '../../core/canonical-json.ts';
import type { Problem } from '../../core/problem.ts';
import type { Outcome } from '../api-outcome.ts';
import type { Kind, Named, ObjectRef, Versioned } from '../kind.ts';

/** What a server answered about one object: our type, and the whole of it for those who change what we do not read. */
export type Received<T> = Versioned<T> & { readonly json: unknown };

/** `apiVersion` and `kind` are filled in. */
export type Manifest = {
  readonly metadata: { readonly name: string; readonly [field: string]: Json };
  readonly [field: string]: Json;
};

export type WriteOptions = {
  /** Everything but the storing: validation, admission, conflicts. */
  readonly dryRun?: boolean;
  /** Who owns the written fields (managedFields). @default the connection's, `sluice` */
  readonly fieldManager?: string;
};

/** Preconditions of a deletion: it fails with `conflict` where they do not hold. */
export type Preconditions = { readonly resourceVersion?: string; readonly uid?: string };

export type PatchOptions = WriteOptions & {
  /** The version that the patch was made for; `conflict` where the object has another. */
  readonly resourceVersion?: string;
  readonly subresource?: 'status' | 'scale';
};

export type PatchBody =
  /** RFC 7386: null removes a field. */
  | { readonly type: 'merge'; readonly body: { readonly [field: string]: Json } }
  /** RFC 6902. */
  | { readonly type: 'json'; readonly body: readonly { readonly [field: string]: Json }[] };

/**
 * One request each: nothing is retried here, since only the caller knows whether its reasons still hold.
 * Nothing throws for what a server or network may do.
 */
export interface ObjectClient {
  get<T extends Named>(kind: Kind<T>, ref: ObjectRef): Promise<Outcome<Received<T>>>;
  /** All objects, or those of a namespace, in pages; objects that do not parse are left out and told as problems. */
  list<T extends Named>(
    kind: Kind<T>,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<Outcome<Listed<T>>>;
  /** `alreadyExists` is a value. */
  create<T extends Named>(
    kind: Kind<T>,
    namespace: string,
    manifest: Manifest,
    options?: WriteOptions,
  ): Promise<Outcome<Received<T>>>;
  /** PUT of the whole object; with `metadata.resourceVersion` in it, a precondition. */
  replace<T extends Named>(
    kind: Kind<T>,
    namespace: string,
    manifest: Manifest,
    options?: WriteOptions,
  ): Promise<Outcome<Received<T>>>;
  patch<T extends Named>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: PatchBody,
    options?: PatchOptions,
  ): Promise<Outcome<Received<T>>>;
  /**
   * An empty merge patch (DESIGN 5 "Repair"): admission runs again on what is stored, and no field changes
   * its manager. `conflict` if the object has changed since `resourceVersion`.
   */
  readmit<T extends Named>(
    kind: Kind<T>,
    ref: ObjectRef,
    resourceVersion: string,
    options?: WriteOptions,
  ): Promise<Outcome<Received<T>>>;
  /** An object that is gone already counts as deleted: `false`. */
  delete<T extends Named>(
    kind: Kind<T>,
    ref: ObjectRef,
    options?: WriteOptions & Preconditions,
  ): Promise<Outcome<boolean>>;
}

export type Listed<T> = {
  readonly items: readonly Received<T>[];
  readonly resourceVersion: string;
  /** Those that our parser refuses, by name. */
  readonly unreadable: readonly (ObjectRef & { readonly problems: readonly Problem[] })[];
};
