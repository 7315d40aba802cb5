import { isRecord } from '../core/canonical-json.ts';
import { type FieldReader, parseFields } from '../core/objects/field-reader.ts';
import { INGRESS_API_VERSIONS } from '../core/objects/parse-ingress.ts';
import { SERVICE_API_VERSIONS } from '../core/objects/parse-service.ts';
import type { Result } from '../core/problem.ts';

/** The one version of AdmissionReview that is read and written; every API server since 1.16 speaks it. */
export const REVIEW_API_VERSION = 'admission.k8s.io/v1';

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

export type Operation = (typeof OPERATIONS)[number];

/** What reviews are about. */
export type ReviewedKind = 'Ingress' | 'Service';

/** What an API server asks (admission.k8s.io/v1 AdmissionRequest), as far as we read it. */
export type ReviewRequest = {
  readonly uid: string;
  readonly kind: ReviewedKind;
  readonly operation: Operation;
  /** `status`; empty for the object itself. */
  readonly subResource: string;
  readonly namespace: string;
  /** Empty where the API server is still to make one of `generateName`. */
  readonly name: string;
  readonly dryRun: boolean;
  /** Who asks, for the log. */
  readonly username: string;
  /** Null on DELETE. */
  readonly object: unknown;
  /** The stored object on UPDATE and DELETE, else null. */
  readonly oldObject: unknown;
};

/** Longest uid that is echoed: a UUID has 36 characters, and a stranger's megabytes do not come back to them. */
const MAX_UID_LENGTH = 128;

const readUid = (fields: FieldReader): string => {
  const uid = fields.text('uid');
  if (uid.length <= MAX_UID_LENGTH) return uid;
  fields.reportSecret('uid', 'length', `expected at most ${MAX_UID_LENGTH} characters`);
  return '';
};

const RESOURCES: readonly {
  readonly kind: ReviewedKind;
  readonly resource: string;
  readonly apiVersions: readonly string[];
}[] = [
  { kind: 'Ingress', resource: 'ingresses', apiVersions: INGRESS_API_VERSIONS },
  { kind: 'Service', resource: 'services', apiVersions: SERVICE_API_VERSIONS },
];

const readKind = (fields: FieldReader): ReviewedKind => {
  const resource = fields.child('resource', 'an object with group, version and resource');
  const group = resource.text('group', '');
  const version = resource.text('version');
  const name = resource.text('resource');
  if (version === '' || name === '') return 'Ingress';
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const known = RESOURCES.find(
    ({ resource: plural, apiVersions }) => plural === name && apiVersions.includes(apiVersion),
  );
  if (known !== undefined) return known.kind;
  const expected = RESOURCES.map(
    ({ resource: plural, apiVersions }) => `${plural} of ${apiVersions.join(', ')}`,
  );
  fields.report(
    'resource',
    `expected ${expected.join(' or ')}, got ${name.slice(0, 100)} of ${apiVersion.slice(0, 100)}; take it out of the rules of the webhook configuration`,
  );
  return 'Ingress';
};

/** The objects that an operation comes with; a review without them cannot be answered, so nobody guesses. */
const readObject = (fields: FieldReader, key: 'object' | 'oldObject', needed: boolean): unknown => {
  const value = fields.raw(key);
  if (value === null ? needed : !isRecord(value)) fields.child(key, 'an object');
  return value;
};

/**
 * Reads the body of a webhook call; the only place where a review's form is in doubt. Fails with what is
 * wrong where: another kind or version, a review of something else than an Ingress or a Service, a field that is missing.
 */
export const parseReview = (value: unknown): Result<ReviewRequest> =>
  parseFields(value, { kind: 'AdmissionReview', apiVersions: [REVIEW_API_VERSION] }, review => {
    const fields = review.child('request', 'an object');
    const kind = readKind(fields);
    const operation = fields.choice('operation', OPERATIONS);
    const subResource = fields.text('subResource', '');
    const isWrite = subResource === '' && (operation === 'CREATE' || operation === 'UPDATE');
    return {
      uid: readUid(fields),
      kind,
      operation,
      subResource,
      namespace: fields.text('namespace'),
      name: fields.text('name', ''),
      dryRun: fields.optionalFlag('dryRun') === true,
      username: fields.child('userInfo').text('username', ''),
      object: readObject(fields, 'object', isWrite),
      oldObject: readObject(fields, 'oldObject', isWrite && operation === 'UPDATE'),
    };
  });
