import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

type V1beta1Path = {
  readonly path: string;
  readonly backend: { readonly serviceName: string; readonly servicePort: number };
};

type V1beta1Ingress = {
  readonly metadata: object;
  readonly spec: {
    readonly rules: readonly {
      readonly host: string;
      readonly http: { readonly paths: readonly V1beta1Path[] };
    }[];
  };
};

const read = (name: string): string =>
  readFileSync(new URL(`../../examples/taobao/seed/${name}`, import.meta.url), 'utf8');

/** The same Ingress as a person writes it today. */
const inV1 = (text: string): string => {
  const { metadata, spec } = parse(text) as V1beta1Ingress;
  const rules = spec.rules.map(({ host, http }) => ({
    host,
    http: {
      paths: http.paths.map(({ path, backend }) => ({
        path,
        pathType: 'Prefix',
        backend: { service: { name: backend.serviceName, port: { number: backend.servicePort } } },
      })),
    },
  }));
  return stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: { rules } });
};

/** The seed, verbatim in `extensions/v1beta1`, which 1.22 dropped, and in `networking.k8s.io/v1`. */
export const SEED = {
  before: { v1beta1: read('ingress-before.yaml'), v1: inV1(read('ingress-before.yaml')) },
  after: { v1beta1: read('ingress-after.yaml'), v1: inV1(read('ingress-after.yaml')) },
} as const;
