import type { Result } from '../problem.ts';
import { type FieldReader, parseFields } from './field-reader.ts';
import { readMetadata } from './read-metadata.ts';
import type { Service, ServicePort } from './service.ts';

/** The API versions in which a Service is read. */
export const SERVICE_API_VERSIONS = ['v1'] as const;

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

const readTargetPort = (fields: FieldReader, port: number): number | string => {
  // 0 and the empty string are "not set" in the API server's defaulting.
  if (!fields.has('targetPort') || fields.isZero('targetPort')) return port;
  return fields.portOrName('targetPort');
};

const readPort = (fields: FieldReader): ServicePort => {
  const port = fields.port('port');
  return {
    name: fields.text('name', ''),
    port,
    protocol: fields.choice('protocol', PROTOCOLS, 'TCP'),
    targetPort: readTargetPort(fields, port),
    appProtocol: fields.optionalText('appProtocol'),
  };
};

const readPorts = (spec: FieldReader): readonly ServicePort[] => {
  const readers = spec.children('ports');
  const names = new Set<string>();
  return readers.map(reader => {
    const port = readPort(reader);
    // An endpoint finds its Service port by name alone.
    if (port.name === '' && readers.length > 1)
      reader.report('name', 'expected a name, since the Service has several ports');
    else if (names.has(port.name))
      reader.report('name', 'another port of this Service has the same name; choose another');
    names.add(port.name);
    return port;
  });
};

const readSelector = (spec: FieldReader): Service['selector'] => {
  const selector = spec.textMap('selector');
  // "If empty or not present, the service is assumed to have an external process managing its endpoints".
  return Object.keys(selector).length === 0 ? null : selector;
};

/** Reads a core/v1 Service. */
export const parseService = (value: unknown, fileOrder = 0, namespace = 'default'): Result<Service> =>
  parseFields(value, { kind: 'Service', apiVersions: SERVICE_API_VERSIONS }, fields => {
    const metadata = readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'label' });
    const spec = fields.child('spec');
    return {
      kind: 'Service',
      metadata,
      type: spec.choice('type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], 'ClusterIP'),
      selector: readSelector(spec),
      ports: readPorts(spec),
      ipFamilies: spec.texts('ipFamilies'),
    };
  });
