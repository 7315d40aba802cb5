import type { AdmissionOptions } from '../../src/admission/admission-options.ts';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { type Admission, admit } from '../../src/admission/admit.ts';
import { type ClusterView, LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import type { Problem } from '../../src/core/problem.ts';

/** A JSON object as it comes out of a review or a file. */
export type Manifest = Readonly<Record<string, unknown>>;

export const APPLIED = 'sluice.dev/applied';
export const SERVICE_CONFIG = 'nginx.ingress.kubernetes.io/service-config';
export const TAOBAO_KEY = '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e';

/** The moment at which all reviews of these tests happen. */
export const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

/** An installation in a cluster: only the class `sluice` is ours. */
export const CLUSTER_OPTIONS: AdmissionOptions = {
  ...STANDALONE_OPTIONS,
  classes: [{ name: 'sluice', entry: '' }],
  everyClass: false,
};

export type PathParts = { readonly path?: string; readonly pathType?: string; readonly service?: string };

export const pathOf = ({ path = '/', pathType = 'Prefix', service = 'web' }: PathParts = {}): Manifest => ({
  path,
  pathType,
  backend: { service: { name: service, port: { number: 80 } } },
});

export const ruleOf = (host: string | null, ...paths: readonly PathParts[]): Manifest => ({
  ...(host === null ? {} : { host }),
  http: { paths: (paths.length === 0 ? [{}] : paths).map(pathOf) },
});

export type IngressParts = {
  readonly name?: string;
  readonly namespace?: string;
  readonly className?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly metadata?: Manifest;
  readonly rules?: readonly Manifest[];
  readonly spec?: Manifest;
};

/** A networking.k8s.io/v1 Ingress of one plain rule, but for what a test names. */
export const ingressOf = (parts: IngressParts = {}): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: parts.name ?? 'web',
    namespace: parts.namespace ?? 'shop',
    ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
    ...parts.metadata,
  },
  spec: {
    ingressClassName: parts.className ?? 'sluice',
    rules: parts.rules ?? [ruleOf('taobao.com')],
    ...parts.spec,
  },
});

export type ReviewParts = {
  readonly old?: unknown;
  readonly options?: Partial<AdmissionOptions>;
  readonly view?: Partial<ClusterView>;
};

/** One review in a cluster of one class, about which nothing is known but what a test names. */
export const review = (object: unknown, { old = null, options, view }: ReviewParts = {}): Admission =>
  admit(
    { object, oldObject: old },
    {
      options: { ...CLUSTER_OPTIONS, ...options },
      view: { ...LONE_VIEW, ...view },
      nowMs: NOW_MS,
    },
  );

/** What would be stored; an object that is refused is a mistake of the test. */
export const stored = (object: unknown, parts: ReviewParts = {}): Manifest => {
  const admission = review(object, parts);
  if (admission.denials.length > 0) throw new Error(`refused: ${JSON.stringify(admission.denials)}`);
  if (!isRecord(admission.object)) throw new Error('no object is stored');
  return admission.object;
};

const record = (value: unknown): Manifest => (isRecord(value) ? value : {});

export const annotationsOf = (object: unknown): Manifest =>
  record(record(record(object).metadata).annotations);

/** The hosts of the rules; undefined where a rule has none. */
export const hostsOf = (object: unknown): readonly unknown[] => {
  const { rules } = record(record(object).spec);
  return Array.isArray(rules) ? rules.map(rule => record(rule).host) : [];
};

const jsonAnnotation = (object: unknown, name: string): Manifest => {
  const text = annotationsOf(object)[name];
  return typeof text === 'string' ? record(JSON.parse(text)) : {};
};

export const configOf = (object: unknown): Manifest => jsonAnnotation(object, SERVICE_CONFIG);
export const drainageOf = (object: unknown): Manifest => record(configOf(object).drainage);
export const appliedOf = (object: unknown): Manifest => jsonAnnotation(object, APPLIED);
/** Section -> who wrote it. */
export const originsOf = (object: unknown): Manifest => record(appliedOf(object).sections);

/** `Code field`, as tables compare them. */
export const codeAndField = ({ code, field }: Problem): string => `${code} ${field}`;

/** A copy that throws wherever somebody writes to it. */
export const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  for (const item of Object.values(value)) frozen(item);
  return Object.freeze(value);
};
