import type { Result } from '../problem.ts';
import { parseFields } from './field-reader.ts';
import type { Namespace } from './namespace.ts';
import { readMetadata } from './read-metadata.ts';

/** The API versions in which a Namespace is read. */
export const NAMESPACE_API_VERSIONS = ['v1'] as const;

/** Reads a core/v1 Namespace. */
export const parseNamespace = (value: unknown, fileOrder = 0): Result<Namespace> =>
  parseFields(value, { kind: 'Namespace', apiVersions: NAMESPACE_API_VERSIONS }, fields => ({
    kind: 'Namespace',
    metadata: readMetadata(fields, { fileOrder, scope: 'cluster', name: 'label' }),
  }));
