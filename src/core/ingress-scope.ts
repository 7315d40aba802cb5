import { CLASS, SERVICE_CLASS } from './annotation-names.ts';
import { readApplied } from './applied.ts';
import type { Ingress } from './objects/ingress.ts';
import type { IngressClass } from './objects/ingress-class.ts';
import type { Service } from './objects/service.ts';

/** `spec.controller` of an IngressClass that is ours, and what `sluice.dev/applied` says we are. */
export const CONTROLLER_NAME = 'sluice.dev/router';

/** Which Ingresses are ours, and under which entry their hosts are keyed (DESIGN 2 and 5). */
export type ScopeOptions = {
  readonly controllerName: string;
  /** From `--ingress-class NAME[=ENTRY]`. */
  readonly classes: readonly { readonly name: string; readonly entry: string }[];
  /** Standalone and `sluice admit`, unless a class is named: every Ingress is ours. */
  readonly everyClass: boolean;
};

export type Scope = {
  /** The entry of the class that makes the Ingress ours; null: it is not ours. */
  entryOf(ingress: Ingress): string | null;
  /**
   * The class that `spec.ingressClassName` names while there is no such IngressClass, and none of ours is configured by
   * that name; null otherwise. The annotation needs no IngressClass, so what it names is not missed.
   */
  missingClassOf(ingress: Ingress): string | null;
  /** True if a Service's `sluice.dev/class` is one of ours. */
  hasService(service: Service): boolean;
  /** True for the name of a class of ours. */
  hasClass(name: string): boolean;
  /** Every entry whose keys we can tell from foreign ones. */
  readonly entries: readonly string[];
  /** False: the IngressClasses are not known, so an Ingress that seems foreign may be ours. */
  readonly isComplete: boolean;
};

/** Class of an Ingress: the annotation beats the field, as the API server and other controllers have it. */
export const ingressClassOf = (ingress: Ingress): string | null =>
  ingress.metadata.annotations[CLASS] ?? ingress.className;

/** `ingressClasses`: null where they are not known (yet). */
export const scopeOf = (options: ScopeOptions, ingressClasses: readonly IngressClass[] | null): Scope => {
  const entries = new Map<string, string>();
  for (const { metadata, controller } of ingressClasses ?? []) {
    if (controller === options.controllerName) entries.set(metadata.name, '');
  }
  for (const { name, entry } of options.classes) entries.set(name, entry);
  const names = new Set([...entries.keys(), ...(ingressClasses ?? []).map(({ metadata }) => metadata.name)]);
  return {
    missingClassOf: ({ metadata, className }) =>
      className === null || metadata.annotations[CLASS] !== undefined || names.has(className)
        ? null
        : className,
    hasService: ({ metadata }) =>
      options.everyClass || entries.has(metadata.annotations[SERVICE_CLASS] ?? ''),
    hasClass: name => entries.has(name),
    entries: [...new Set(['', ...entries.values()])],
    isComplete: ingressClasses !== null,
    entryOf: ingress => {
      const name = ingressClassOf(ingress);
      const entry = name === null ? undefined : entries.get(name);
      return entry ?? (options.everyClass ? '' : null);
    },
  };
};

/** The entries under which this Ingress' keys may be ours: the configured ones and the one it was last keyed with. */
export const entriesFor = (scope: Scope, ...versions: readonly (Ingress | null)[]): readonly string[] => {
  const recorded = versions.map(version =>
    version === null ? undefined : readApplied(version.metadata.annotations),
  );
  return [...new Set([...scope.entries, ...recorded.flatMap(applied => applied?.entry ?? [])])];
};
