import type { Source } from '../../router/source.ts';
import { type ObjectChanges, PendingChanges } from '../../src/core/object-changes.ts';
import { objectName } from '../../src/core/objects/metadata.ts';
import type { KubernetesObject, ObjectSnapshot } from '../../src/core/objects/objects.ts';
import { snapshot } from './stored-world.ts';

type Claims = ReadonlyMap<string, string>;

const named = (whole: ObjectSnapshot): ReadonlyMap<string, KubernetesObject> =>
  new Map(
    Object.values(whole)
      .flat()
      .map((object: KubernetesObject) => [`${object.kind} ${objectName(object.metadata)}`, object]),
  );

/** A source that is told whole looks, and says what differs: an object is another where it is not the same in memory. */
export class SnapshotSource implements Source {
  readonly #pending = new PendingChanges();
  snapshot: ObjectSnapshot = snapshot();
  claims: Claims = new Map();

  constructor(whole: ObjectSnapshot = snapshot(), claims: Claims = new Map()) {
    this.look(whole, claims);
  }

  look(whole: ObjectSnapshot, claims: Claims = new Map()): this {
    const before = named(this.snapshot);
    const after = named(whole);
    for (const [name, object] of after) if (before.get(name) !== object) this.#pending.set(object);
    for (const [name, { kind, metadata }] of before) {
      if (after.has(name)) continue;
      this.#pending.remove({ kind, namespace: metadata.namespace, name: metadata.name });
    }
    for (const [domain, holder] of claims)
      if (this.claims.get(domain) !== holder) this.#pending.claim(domain, holder);
    for (const domain of this.claims.keys()) if (!claims.has(domain)) this.#pending.claim(domain, null);
    this.snapshot = whole;
    this.claims = claims;
    return this;
  }

  takeChanges(): ObjectChanges {
    return this.#pending.take();
  }
}
