import type { Result } from '../problem.ts';
import { type FieldReader, parseFields } from './field-reader.ts';
import type { Backend, Ingress, IngressPath, IngressRule } from './ingress.ts';
import { readMetadata } from './read-metadata.ts';

type Dialect = Ingress['dialect'];

const DIALECTS = {
  'networking.k8s.io/v1': 'v1',
  'networking.k8s.io/v1beta1': 'v1beta1',
  'extensions/v1beta1': 'v1beta1',
} as const satisfies Record<string, Dialect>;

/** The API versions in which an Ingress is read. */
export const INGRESS_API_VERSIONS = [
  'networking.k8s.io/v1',
  'networking.k8s.io/v1beta1',
  'extensions/v1beta1',
] as const satisfies readonly (keyof typeof DIALECTS)[];

const readResource = (fields: FieldReader): Backend => {
  const group = fields.text('apiGroup', '');
  const kind = fields.text('kind');
  return {
    kind: 'resource',
    description: `${group === '' ? '' : `${group}/`}${kind} ${fields.text('name')}`,
  };
};

const readV1Service = (fields: FieldReader): Backend => {
  const name = fields.text('name');
  const port = fields.child('port', 'an object with "number" or "name"');
  if (port.has('number') && port.has('name')) {
    port.report('name', 'a port has a number or a name, not both; remove one of them');
  }
  return { kind: 'service', name, port: port.has('name') ? port.portName('name') : port.port('number') };
};

const readV1Backend = (fields: FieldReader): Backend => {
  for (const key of ['serviceName', 'servicePort']) {
    if (fields.has(key)) {
      fields.report(
        key,
        'is a field of v1beta1; in networking.k8s.io/v1 write service.name and service.port.number',
      );
      return { kind: 'service', name: '', port: 1 };
    }
  }
  return readV1Service(fields.child('service', 'an object with "name" and "port"'));
};

const readV1Beta1Backend = (fields: FieldReader): Backend => {
  if (fields.has('service')) {
    fields.report(
      'service',
      'is a field of networking.k8s.io/v1; in v1beta1 write serviceName and servicePort',
    );
    return { kind: 'service', name: '', port: 1 };
  }
  return { kind: 'service', name: fields.text('serviceName'), port: fields.portOrName('servicePort') };
};

const readBackend = (fields: FieldReader, dialect: Dialect): Backend => {
  if (!fields.has('resource')) return dialect === 'v1' ? readV1Backend(fields) : readV1Beta1Backend(fields);
  for (const key of ['service', 'serviceName', 'servicePort']) {
    if (fields.has(key))
      fields.report(key, 'a backend has a service or a resource, not both; remove one of them');
  }
  return readResource(fields.child('resource', 'an object with "kind" and "name"'));
};

const BACKEND_SHAPE = {
  v1: 'an object with "service"',
  v1beta1: 'an object with "serviceName" and "servicePort"',
} as const satisfies Record<Dialect, string>;

const readPath = (fields: FieldReader, dialect: Dialect): IngressPath => ({
  path: fields.text('path', ''),
  pathType: fields.choice(
    'pathType',
    ['Prefix', 'Exact', 'ImplementationSpecific'],
    dialect === 'v1' ? undefined : 'ImplementationSpecific',
  ),
  backend: readBackend(fields.child('backend', BACKEND_SHAPE[dialect]), dialect),
});

const readRule = (fields: FieldReader, dialect: Dialect): IngressRule => {
  const host = fields.text('host', '');
  if (!fields.has('http')) return { host, paths: [] };
  const http = fields.child('http', 'an object with "paths"');
  const paths = http.children('paths');
  if (!http.has('paths')) http.report('paths', 'expected a list of paths, got nothing');
  return { host, paths: paths.map(path => readPath(path, dialect)) };
};

/** The default backend is `spec.defaultBackend` in v1 and `spec.backend` before. */
const readDefaultBackend = (spec: FieldReader, dialect: Dialect): Backend | null => {
  const [key, otherKey] = dialect === 'v1' ? ['defaultBackend', 'backend'] : ['backend', 'defaultBackend'];
  if (spec.has(otherKey)) spec.report(otherKey, `in this apiVersion the field is named ${key}`);
  return spec.has(key) ? readBackend(spec.child(key, BACKEND_SHAPE[dialect]), dialect) : null;
};

/** Reads an Ingress of any API version; hosts and paths stay as written (DESIGN 5). */
export const parseIngress = (value: unknown, fileOrder = 0, namespace = 'default'): Result<Ingress> =>
  parseFields(value, { kind: 'Ingress', apiVersions: INGRESS_API_VERSIONS }, (fields, apiVersion) => {
    const dialect = DIALECTS[apiVersion];
    const metadata = readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'subdomain' });
    const spec = fields.child('spec');
    return {
      kind: 'Ingress',
      metadata,
      className: spec.optionalText('ingressClassName'),
      defaultBackend: readDefaultBackend(spec, dialect),
      rules: spec.children('rules').map(rule => readRule(rule, dialect)),
      tls: spec.children('tls').map(tls => ({
        hosts: tls.texts('hosts'),
        secretName: tls.optionalText('secretName'),
      })),
      dialect,
    };
  });
