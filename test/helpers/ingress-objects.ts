import type { Ingress } from '../../src/core/objects/ingress.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import { formatProblem } from '../../src/core/problem.ts';

/** One path of a rule: `Prefix /` to Service `cart-svc:80` unless it says otherwise. */
export type PathParts = {
  readonly path?: string;
  readonly pathType?: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly service?: string;
  readonly port?: number | string;
};

/** An Ingress with what a test does not name left at its plainest; `rules` pairs a host with its paths. */
export type IngressParts = {
  readonly name?: string;
  readonly namespace?: string;
  readonly className?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Host (empty: none) and its paths. */
  readonly rules?: readonly (readonly [string, ...(readonly PathParts[])])[];
  /** Name of the Service behind `spec.defaultBackend`. */
  readonly defaultBackend?: string;
};

const rawBackend = (service: string, port: number | string = 80): unknown => ({
  service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
});

/** The Ingress as `networking.k8s.io/v1` JSON, the way a review or a file holds it. */
export const rawIngress = ({
  name = 'shop',
  namespace = 'default',
  className,
  labels,
  annotations,
  rules = [],
  defaultBackend,
}: IngressParts): Readonly<Record<string, unknown>> => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  },
  spec: {
    ...(className === undefined ? {} : { ingressClassName: className }),
    ...(defaultBackend === undefined ? {} : { defaultBackend: rawBackend(defaultBackend) }),
    rules: rules.map(([host, ...paths]) => ({
      ...(host === '' ? {} : { host }),
      http: {
        paths: paths.map(({ path = '/', pathType = 'Prefix', service = 'cart-svc', port }) => ({
          path,
          pathType,
          backend: rawBackend(service, port),
        })),
      },
    })),
  },
});

/** The same Ingress read by the product's own parser. */
export const ingress = (parts: IngressParts): Ingress => {
  const parsed = parseIngress(rawIngress(parts));
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.value;
};
