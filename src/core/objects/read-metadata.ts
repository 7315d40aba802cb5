import { isDnsLabel, isDnsSubdomain } from './dns-name.ts';
import type { FieldReader } from './field-reader.ts';
import type { Metadata } from './metadata.ts';

/** What an object does not say of itself. */
export type ParseContext = {
  /** Place in its file; 0 in a cluster. */
  readonly fileOrder?: number;
  /** Namespace of an object that names none: `default`, or the request's in admission. */
  readonly namespace?: string;
};

export type MetadataForm = ParseContext & {
  readonly scope: 'namespaced' | 'cluster';
  /** Services and Namespaces are named by one DNS label, other kinds by a subdomain. */
  readonly name: 'label' | 'subdomain';
};

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const readCreatedMs = (fields: FieldReader): number | null => {
  const text = fields.optionalText('creationTimestamp');
  if (text === null || text === '') return null;
  const createdMs = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(createdMs)) return createdMs;
  fields.report('creationTimestamp', 'expected an RFC 3339 time such as 2026-01-31T12:00:00Z');
  return null;
};

const readName = (fields: FieldReader, form: MetadataForm['name']): string => {
  // The API server makes the name after mutating webhooks have run.
  if (!fields.has('name') && fields.has('generateName')) return fields.text('generateName');
  const name = fields.text('name');
  const valid = form === 'label' ? isDnsLabel(name) : isDnsSubdomain(name);
  if (name !== '' && !valid) {
    const form253 = 'lower-case letters, digits, "-" and "." (at most 253)';
    const form63 = 'lower-case letters, digits and "-" (at most 63)';
    fields.report(
      'name',
      `expected a name of ${form === 'label' ? form63 : form253}, beginning and ending with a letter or digit`,
    );
  }
  return name;
};

const readNamespace = (fields: FieldReader, form: MetadataForm): string => {
  if (form.scope === 'cluster') return '';
  const namespace = fields.text('namespace', '');
  if (namespace === '') return form.namespace ?? 'default';
  if (!isDnsLabel(namespace)) {
    fields.report(
      'namespace',
      'expected the name of a namespace: lower-case letters, digits and "-" (at most 63)',
    );
  }
  return namespace;
};

/** Reads `metadata` of an object (meta/v1 ObjectMeta). */
export const readMetadata = (object: FieldReader, form: MetadataForm): Metadata => {
  const fields = object.child('metadata', 'an object with a name');
  return {
    namespace: readNamespace(fields, form),
    name: readName(fields, form.name),
    uid: fields.optionalText('uid') || null,
    labels: fields.textMap('labels'),
    annotations: fields.textMap('annotations'),
    createdMs: readCreatedMs(fields),
    deleting: fields.has('deletionTimestamp'),
    file: '',
    fileOrder: form.fileOrder ?? 0,
  };
};
