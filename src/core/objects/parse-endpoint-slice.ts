import type { Result } from '../problem.ts';
import type { EndpointSlice, SliceEndpoint } from './endpoint-slice.ts';
import { type FieldReader, parseFields } from './field-reader.ts';
import { readMetadata } from './read-metadata.ts';

/** The API versions in which an EndpointSlice is read; what we read of it is the same in both. */
export const ENDPOINT_SLICE_API_VERSIONS = ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'] as const;

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const readTargetRef = (endpoint: FieldReader, namespace: string): SliceEndpoint['targetRef'] => {
  if (!endpoint.has('targetRef')) return null;
  const reference = endpoint.child('targetRef', 'an object');
  return {
    kind: reference.text('kind', ''),
    namespace: reference.text('namespace', '') || namespace,
    name: reference.text('name', ''),
    uid: reference.optionalText('uid') || null,
  };
};

const readEndpoint = (fields: FieldReader, namespace: string): SliceEndpoint => {
  const conditions = fields.child('conditions');
  const ready = conditions.optionalFlag('ready') ?? true;
  return {
    addresses: fields.texts('addresses'),
    ready,
    serving: conditions.optionalFlag('serving') ?? ready,
    terminating: conditions.optionalFlag('terminating') ?? false,
    targetRef: readTargetRef(fields, namespace),
  };
};

const readPorts = (fields: FieldReader): EndpointSlice['ports'] =>
  fields
    .children('ports')
    // A port without number means "all ports": nothing that a Service port could lead to.
    .filter(port => port.has('port'))
    .map(port => ({
      name: port.text('name', ''),
      port: port.port('port'),
      protocol: port.choice('protocol', ['TCP', 'UDP', 'SCTP'], 'TCP'),
    }));

/** Reads a discovery.k8s.io EndpointSlice; conditions that are not set are resolved as its API says. */
export const parseEndpointSlice = (
  value: unknown,
  fileOrder = 0,
  namespace = 'default',
): Result<EndpointSlice> =>
  parseFields(value, { kind: 'EndpointSlice', apiVersions: ENDPOINT_SLICE_API_VERSIONS }, fields => {
    const metadata = readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'subdomain' });
    return {
      kind: 'EndpointSlice',
      metadata,
      service: metadata.labels[SERVICE_NAME_LABEL] || null,
      addressType: fields.choice('addressType', ['IPv4', 'IPv6', 'FQDN']),
      ports: readPorts(fields),
      endpoints: fields.children('endpoints').map(endpoint => readEndpoint(endpoint, metadata.namespace)),
    };
  });
