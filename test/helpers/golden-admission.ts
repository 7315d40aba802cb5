import { type AdmissionOptions, STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { type Admission, admit } from '../../src/admission/admit.ts';
import type { ClusterView, RouteName } from '../../src/admission/cluster-view.ts';
import type { ReviewedObjects } from '../../src/admission/mutate.ts';
import type { ValidationContext } from '../../src/admission/validate.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import { parseIngressClass } from '../../src/core/objects/parse-ingress-class.ts';
import { parseNamespace } from '../../src/core/objects/parse-namespace.ts';
import { parseSecret } from '../../src/core/objects/parse-secret.ts';
import { parseService } from '../../src/core/objects/parse-service.ts';
import type { Result } from '../../src/core/problem.ts';

/**
 * The first document of a golden admission case, where it needs more than the Ingress alone (the other
 * documents are the Ingress and, before it, nothing): what the installation is and what else is stored.
 */
type GoldenCase = {
  readonly kind: 'GoldenCase';
  readonly why?: string;
  readonly now?: string;
  readonly options?: Partial<AdmissionOptions>;
  readonly services?: readonly unknown[];
  readonly secrets?: readonly unknown[];
  readonly namespaces?: readonly unknown[];
  readonly ingressClasses?: readonly unknown[];
  /** Domain or `:port` -> namespace. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Port -> `namespace/name` of the Services that ask for it, oldest first. */
  readonly portClaimants?: Readonly<Record<string, readonly string[]>>;
  /** Routes of other Ingresses. */
  readonly routes?: readonly (RouteName & { readonly ingress: string })[];
  /** Edge Service -> ready endpoints. */
  readonly readyEdgeEndpoints?: Readonly<Record<string, number>>;
  /** The stored object that is updated. */
  readonly old?: unknown;
};

const CASE_FIELDS: ReadonlySet<string> = new Set([
  'kind',
  'why',
  'now',
  'options',
  'services',
  'secrets',
  'namespaces',
  'ingressClasses',
  'claims',
  'portClaimants',
  'routes',
  'readyEdgeEndpoints',
  'old',
]);

const DEFAULT_NOW = '2026-06-01T00:00:00Z';

const isGoldenCase = (value: unknown): value is GoldenCase => {
  if (!isRecord(value) || value.kind !== 'GoldenCase') return false;
  const unknown = Object.keys(value).filter(name => !CASE_FIELDS.has(name));
  if (unknown.length > 0) throw new Error(`GoldenCase has no field ${unknown.join(', ')}`);
  return true;
};

const parsedAll = <T>(values: readonly unknown[], parse: (value: unknown) => Result<T>): readonly T[] =>
  values.map(value => {
    const parsed = parse(value);
    if (!parsed.ok) throw new Error(`bad object in a GoldenCase: ${JSON.stringify(parsed.problems)}`);
    return parsed.value;
  });

const viewOf = (golden: GoldenCase): ClusterView => {
  const services = golden.services === undefined ? null : parsedAll(golden.services, v => parseService(v));
  const secrets = golden.secrets === undefined ? null : parsedAll(golden.secrets, v => parseSecret(v));
  const namespaces = parsedAll(golden.namespaces ?? [], v => parseNamespace(v));
  const same = (a: RouteName, b: RouteName): boolean =>
    a.namespace === b.namespace && a.domain === b.domain && a.path === b.path && a.pathType === b.pathType;
  return {
    missing: [],
    ingressClasses: parsedAll(golden.ingressClasses ?? [], v => parseIngressClass(v)),
    namespace: name => namespaces.find(({ metadata }) => metadata.name === name),
    service: (namespace, name) =>
      services === null
        ? null
        : services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    secret: (namespace, name) =>
      secrets === null
        ? null
        : secrets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    claimHolder: name => golden.claims?.[name],
    portClaimants: port =>
      (golden.portClaimants?.[port] ?? []).map(text => {
        const [namespace = '', name = ''] = text.split('/');
        return { namespace, name };
      }),
    routeHolder: (route, except) =>
      golden.routes?.find(other => same(route, other) && other.ingress !== except)?.ingress,
    readyEdgeEndpoints: ({ edge }) => golden.readyEdgeEndpoints?.[edge] ?? null,
  };
};

/** The review that a golden file describes. */
export const goldenReview = (
  documents: readonly unknown[],
): { readonly reviewed: ReviewedObjects; readonly context: ValidationContext } => {
  const [first, second] = documents;
  const golden: GoldenCase = isGoldenCase(first) ? first : { kind: 'GoldenCase' };
  const expected = golden === first ? 2 : 1;
  if (documents.length !== expected)
    throw new Error(`expected ${expected} documents, got ${documents.length}`);
  return {
    reviewed: { object: golden === first ? second : first, oldObject: golden.old ?? null },
    context: {
      options: { ...STANDALONE_OPTIONS, ...golden.options },
      view: viewOf(golden),
      nowMs: Date.parse(golden.now ?? DEFAULT_NOW),
    },
  };
};

/** Denials first, they are what a reader looks for; what is denied is not stored. */
export const goldenOutput = (documents: readonly unknown[]): Partial<Admission> => {
  const { reviewed, context } = goldenReview(documents);
  const { denials, warnings, patch, object } = admit(reviewed, context);
  return denials.length > 0 ? { denials, warnings } : { denials, warnings, patch, object };
};
