import type { Result } from '../problem.ts';
import { type FieldReader, parseFields } from './field-reader.ts';
import type { Pod } from './pod.ts';
import { readMetadata } from './read-metadata.ts';

/** The API versions in which a Pod is read. */
export const POD_API_VERSIONS = ['v1'] as const;

const readIps = (status: FieldReader): readonly string[] => {
  const first = status.text('podIP', '');
  const all = status.children('podIPs').map(entry => entry.text('ip', ''));
  return [...new Set([first, ...all])].filter(ip => ip !== '');
};

const readContainerPorts = (spec: FieldReader): Pod['containerPorts'] =>
  spec.children('containers').flatMap(container =>
    container.children('ports').map(port => ({
      name: port.text('name', ''),
      port: port.port('containerPort'),
      protocol: port.choice('protocol', ['TCP', 'UDP', 'SCTP'], 'TCP'),
    })),
  );

/** Reads a core/v1 Pod. */
export const parsePod = (value: unknown, fileOrder = 0, namespace = 'default'): Result<Pod> =>
  parseFields(value, { kind: 'Pod', apiVersions: POD_API_VERSIONS }, fields => {
    const metadata = readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'subdomain' });
    const status = fields.child('status');
    const phase = status.text('phase', '');
    const conditions = status
      .children('conditions')
      .map(condition => [condition.text('type', ''), condition.text('status', '')] as const);
    const serving = conditions.some(([type, state]) => type === 'Ready' && state === 'True');
    return {
      kind: 'Pod',
      metadata,
      ips: readIps(status),
      ready: serving && !metadata.deleting,
      serving,
      finished: phase === 'Succeeded' || phase === 'Failed',
      containerPorts: readContainerPorts(fields.child('spec')),
    };
  });
