import { isRecord } from '../canonical-json.ts';
import { failed, type Result, shownValue } from '../problem.ts';
import { describe, wrongObject } from './field-reader.ts';
import type { KubernetesObject } from './objects.ts';
import { ENDPOINT_SLICE_API_VERSIONS, parseEndpointSlice } from './parse-endpoint-slice.ts';
import { INGRESS_API_VERSIONS, parseIngress } from './parse-ingress.ts';
import { INGRESS_CLASS_API_VERSIONS, parseIngressClass } from './parse-ingress-class.ts';
import { NAMESPACE_API_VERSIONS, parseNamespace } from './parse-namespace.ts';
import { POD_API_VERSIONS, parsePod } from './parse-pod.ts';
import { parseSecret, SECRET_API_VERSIONS } from './parse-secret.ts';
import { parseService, SERVICE_API_VERSIONS } from './parse-service.ts';
import type { ParseContext } from './read-metadata.ts';

type KindParser = {
  readonly apiVersions: readonly string[];
  readonly parse: (value: unknown, fileOrder?: number, namespace?: string) => Result<KubernetesObject>;
};

const KINDS: ReadonlyMap<string, KindParser> = new Map<string, KindParser>([
  ['Ingress', { apiVersions: INGRESS_API_VERSIONS, parse: parseIngress }],
  ['Service', { apiVersions: SERVICE_API_VERSIONS, parse: parseService }],
  ['Pod', { apiVersions: POD_API_VERSIONS, parse: parsePod }],
  ['EndpointSlice', { apiVersions: ENDPOINT_SLICE_API_VERSIONS, parse: parseEndpointSlice }],
  ['Namespace', { apiVersions: NAMESPACE_API_VERSIONS, parse: parseNamespace }],
  ['IngressClass', { apiVersions: INGRESS_CLASS_API_VERSIONS, parse: parseIngressClass }],
  ['Secret', { apiVersions: SECRET_API_VERSIONS, parse: parseSecret }],
]);

/** The kinds that a plan is computed from. */
export const SUPPORTED_KINDS: ReadonlySet<string> = new Set(KINDS.keys());

/** `Ingress (networking.k8s.io/v1, …), Service (v1), …`. */
const SUPPORTED = [...KINDS]
  .map(([kind, { apiVersions }]) => `${kind} (${apiVersions.join(', ')})`)
  .join(', ');

/** Reads an object of any kind that we know; another kind or version is told what there is. */
export const parseObject = (value: unknown, context: ParseContext = {}): Result<KubernetesObject> => {
  if (!isRecord(value)) return wrongObject(value);
  const { kind, apiVersion } = value;
  const parser = typeof kind === 'string' ? KINDS.get(kind) : undefined;
  if (parser !== undefined) return parser.parse(value, context.fileOrder, context.namespace);
  const version = typeof apiVersion === 'string' ? ` of ${shownValue(apiVersion)}` : '';
  return failed({
    code: 'ObjectInvalid',
    field: 'kind',
    ...(typeof kind === 'string' ? { value: kind } : {}),
    message: `expected one of ${SUPPORTED}, got ${describe(kind)}${version}`,
  });
};
