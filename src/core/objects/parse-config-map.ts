import type { Result } from '../problem.ts';
import type { ConfigMap } from './config-map.ts';
import { parseFields } from './field-reader.ts';
import { readMetadata } from './read-metadata.ts';

/** The API versions in which a ConfigMap is read. */
export const CONFIG_MAP_API_VERSIONS = ['v1'] as const;

/** Reads a core/v1 ConfigMap. */
export const parseConfigMap = (value: unknown, fileOrder = 0, namespace = 'default'): Result<ConfigMap> =>
  parseFields(value, { kind: 'ConfigMap', apiVersions: CONFIG_MAP_API_VERSIONS }, fields => ({
    kind: 'ConfigMap',
    metadata: readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'subdomain' }),
    data: fields.textMap('data'),
  }));
