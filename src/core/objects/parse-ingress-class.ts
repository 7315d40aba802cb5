import type { Result } from '../problem.ts';
import { parseFields } from './field-reader.ts';
import type { IngressClass } from './ingress-class.ts';
import { readMetadata } from './read-metadata.ts';

/** The API versions in which an IngressClass is read. */
export const INGRESS_CLASS_API_VERSIONS = ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1'] as const;

/** Reads a networking.k8s.io IngressClass. */
export const parseIngressClass = (value: unknown, fileOrder = 0): Result<IngressClass> =>
  parseFields(value, { kind: 'IngressClass', apiVersions: INGRESS_CLASS_API_VERSIONS }, fields => ({
    kind: 'IngressClass',
    metadata: readMetadata(fields, { fileOrder, scope: 'cluster', name: 'subdomain' }),
    controller: fields.child('spec').text('controller', ''),
  }));
