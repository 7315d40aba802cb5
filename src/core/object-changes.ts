import { objectName } from './objects/metadata.ts';
import type { KubernetesObject, ObjectSnapshot } from './objects/objects.ts';

/** What tells one object from another; the namespace is empty for a kind that has none. */
export type ObjectKey = {
  readonly kind: KubernetesObject['kind'];
  readonly namespace: string;
  readonly name: string;
};

/** What became different at a source since it was looked at last. */
export type ObjectChanges = {
  /** New objects and new versions of known ones. An object is never written to: another version is another object. */
  readonly set: readonly KubernetesObject[];
  readonly removed: readonly ObjectKey[];
  /** Claims on record that changed: domain -> namespace; null: no longer on record. */
  readonly claims: ReadonlyMap<string, string | null>;
};

/** A whole look at a source, as the changes that lead to it from nothing. */
export const wholeSnapshot = (
  snapshot: ObjectSnapshot,
  claims: ReadonlyMap<string, string> = new Map(),
): ObjectChanges => ({
  set: [
    ...snapshot.ingressClasses,
    ...snapshot.namespaces,
    ...snapshot.services,
    ...snapshot.pods,
    ...snapshot.endpointSlices,
    ...snapshot.secrets,
    ...snapshot.ingresses,
  ],
  removed: [],
  claims,
});

const keyText = ({ kind, namespace, name }: ObjectKey): string =>
  `${kind} ${objectName({ namespace, name })}`;

/** Changes that wait to be taken over: of several to one object the last one counts. */
export class PendingChanges {
  /** By kind, namespace and name; null: gone. */
  #objects = new Map<string, { readonly key: ObjectKey; readonly object: KubernetesObject | null }>();
  #claims = new Map<string, string | null>();

  get isEmpty(): boolean {
    return this.#objects.size === 0 && this.#claims.size === 0;
  }

  set(object: KubernetesObject): void {
    const { namespace, name } = object.metadata;
    const key: ObjectKey = { kind: object.kind, namespace, name };
    this.#objects.set(keyText(key), { key, object });
  }

  remove(key: ObjectKey): void {
    this.#objects.set(keyText(key), { key, object: null });
  }

  /** `namespace` null: nobody's claim is on record any more. */
  claim(domain: string, namespace: string | null): void {
    this.#claims.set(domain, namespace);
  }

  take(): ObjectChanges {
    const objects = [...this.#objects.values()];
    const claims = this.#claims;
    this.#objects = new Map();
    this.#claims = new Map();
    return {
      set: objects.flatMap(({ object }) => object ?? []),
      removed: objects.flatMap(({ key, object }) => (object === null ? key : [])),
      claims,
    };
  }
}
