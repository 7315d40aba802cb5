import { secretsAskedBy } from '../asked-secret.ts';
import { type IngressReading, readIngress } from '../ingress-reading.ts';
import { type Scope, type ScopeOptions, scopeOf } from '../ingress-scope.ts';
import { MultiMap } from '../multi-map.ts';
import type { Ingress } from '../objects/ingress.ts';
import type { IngressClass } from '../objects/ingress-class.ts';
import { objectName } from '../objects/metadata.ts';

/** An Ingress that was read anew; undefined where it was not ours, or no longer is. */
export type ReadingChange = {
  readonly name: string;
  readonly before: IngressReading | undefined;
  readonly after: IngressReading | undefined;
};

/** Those that its own routes hang on; a certificate is a matter of hosts. */
const routeSecretsOf = (reading: IngressReading | undefined): readonly string[] =>
  reading === undefined
    ? []
    : secretsAskedBy(reading)
        .filter(({ use }) => use !== 'certificate')
        .map(objectName);

/** All Ingresses, and of ours what they say; each is read once, and again only when it or the scope changes. */
export class IngressTable {
  readonly #options: ScopeOptions & { readonly annotation: string };
  readonly #classes = new Map<string, IngressClass>();
  readonly #ingresses = new Map<string, Ingress>();
  readonly #readings = new Map<string, IngressReading>();
  /** Names of Ingresses by the Secrets that their routes hang on. */
  readonly #bySecret = new MultiMap<string>();
  readonly #touched = new Set<string>();
  #scope: Scope;
  #classesChanged = false;

  constructor(options: ScopeOptions & { readonly annotation: string }) {
    this.#options = options;
    this.#scope = scopeOf(options, []);
  }

  setIngress(name: string, ingress: Ingress | undefined): void {
    if (ingress === undefined) this.#ingresses.delete(name);
    else this.#ingresses.set(name, ingress);
    this.#touched.add(name);
  }

  setClass(name: string, ingressClass: IngressClass | undefined): void {
    const before = this.#classes.get(name);
    if (ingressClass === undefined) this.#classes.delete(name);
    else this.#classes.set(name, ingressClass);
    this.#classesChanged ||= before?.controller !== ingressClass?.controller;
  }

  /** As of the last update. */
  get scope(): Scope {
    return this.#scope;
  }

  reading(name: string): IngressReading | undefined {
    return this.#readings.get(name);
  }

  /** Names of the Ingresses whose routes hang on a Secret. */
  askingFor(secret: string): readonly string[] {
    return this.#bySecret.get(secret);
  }

  /** The domains that Ingresses of a namespace name. Looks at all of them: what a namespace may use changes rarely. */
  domainsIn(namespace: string): readonly string[] {
    return [...this.#readings.values()]
      .filter(({ ingress }) => ingress.metadata.namespace === namespace)
      .flatMap(({ rules }) => rules.flatMap(({ domains }) => domains));
  }

  /** Reads what was touched. */
  update(): readonly ReadingChange[] {
    if (this.#classesChanged) {
      this.#scope = scopeOf(this.#options, [...this.#classes.values()]);
      for (const name of this.#ingresses.keys()) this.#touched.add(name);
    }
    this.#classesChanged = false;
    const names = [...this.#touched];
    this.#touched.clear();
    return names.map(name => this.#read(name));
  }

  #read(name: string): ReadingChange {
    const { annotation } = this.#options;
    const before = this.#readings.get(name);
    const ingress = this.#ingresses.get(name);
    const after =
      ingress === undefined
        ? undefined
        : (readIngress(ingress, { scope: this.#scope, annotation }) ?? undefined);
    if (after === undefined) this.#readings.delete(name);
    else this.#readings.set(name, after);
    for (const secret of routeSecretsOf(before)) this.#bySecret.delete(secret, name);
    for (const secret of routeSecretsOf(after)) this.#bySecret.add(secret, name);
    return { name, before, after };
  }
}
