import { readApplied } from '../core/applied.ts';
import { type ScopeOptions, scopeOf } from '../core/ingress-scope.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import type { AdmissionNeed } from './decide/repairs.ts';
import type { StoredIngress } from './stored-kinds.ts';

/** True if admission would change the object, were it written again as it is; handed in by src/cli. */
export type WouldChange = (manifest: unknown, ingressClasses: readonly IngressClass[]) => boolean;

/**
 * Which Ingresses have to pass admission again. Each is asked about once until it changes: what admission makes of
 * an Ingress depends on it and on the classes, and on nothing else (W2).
 */
export class AdmissionNeeds {
  readonly #options: ScopeOptions;
  readonly #wouldChange: WouldChange;
  #ingressClasses: readonly IngressClass[] = [];
  #answers = new WeakMap<StoredIngress, ReturnType<AdmissionNeed>>();

  constructor(options: ScopeOptions, wouldChange: WouldChange) {
    this.#options = options;
    this.#wouldChange = wouldChange;
  }

  needOf(ingressClasses: readonly IngressClass[]): AdmissionNeed {
    if (!isSame(this.#ingressClasses, ingressClasses)) {
      this.#ingressClasses = ingressClasses;
      this.#answers = new WeakMap();
    }
    const scope = scopeOf(this.#options, ingressClasses);
    return ingress => {
      const known = this.#answers.get(ingress);
      if (known !== undefined) return known;
      const isOurs = scope.entryOf(ingress) !== null;
      const isMarked = readApplied(ingress.metadata.annotations)?.by === this.#options.controllerName;
      const isAsked = !ingress.metadata.deleting && (isOurs || isMarked);
      const need =
        isAsked && this.#wouldChange(ingress.manifest, ingressClasses) ? (isOurs ? 'repair' : 'leave') : null;
      this.#answers.set(ingress, need);
      return need;
    };
  }
}

/** Stores keep the very same object where nothing has changed. */
const isSame = (a: readonly IngressClass[], b: readonly IngressClass[]): boolean =>
  a.length === b.length && a.every((ingressClass, index) => ingressClass === b[index]);
