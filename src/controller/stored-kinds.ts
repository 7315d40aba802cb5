import type { FieldReader } from '../core/objects/field-reader.ts';
import { parseFields } from '../core/objects/field-reader.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { INGRESS_API_VERSIONS, parseIngress } from '../core/objects/parse-ingress.ts';
import { parseService, SERVICE_API_VERSIONS } from '../core/objects/parse-service.ts';
import type { Service } from '../core/objects/service.ts';
import { ok, type Result } from '../core/problem.ts';
import type { Kind } from '../kube/kind.ts';
import { INGRESS, SERVICE } from '../kube/kinds.ts';

/** One entry of `status.loadBalancer.ingress`: where clients find us; one of the two is null. */
export type EntryPoint = { readonly ip: string | null; readonly hostname: string | null };

/** meta/v1 OwnerReference, as far as we compare it. */
export type Owner = { readonly kind: string; readonly name: string; readonly uid: string };

/** A Service with what the controller keeps in order beside what everybody reads. */
export type StoredService = Service & {
  readonly owners: readonly Owner[];
  /** `spec.clusterIP` is `None`. */
  readonly headless: boolean;
  readonly entryPoints: readonly EntryPoint[];
};

/** An Ingress with its status, and with what admission would be shown of it. */
export type StoredIngress = Ingress & {
  readonly entryPoints: readonly EntryPoint[];
  /** apiVersion, kind, metadata and spec as stored; of metadata only what an author writes. */
  readonly manifest: Readonly<Record<string, unknown>>;
};

const readEntryPoints = (object: FieldReader): readonly EntryPoint[] =>
  object
    .child('status')
    .child('loadBalancer')
    .children('ingress')
    .map(entry => ({
      ip: entry.optionalText('ip') || null,
      hostname: entry.optionalText('hostname') || null,
    }));

const readOwners = (object: FieldReader): readonly Owner[] =>
  object
    .child('metadata')
    .children('ownerReferences')
    .map(owner => ({
      kind: owner.text('kind', ''),
      name: owner.text('name', ''),
      uid: owner.text('uid', ''),
    }));

const parseStoredService = (value: unknown): Result<StoredService> => {
  const service = parseService(value);
  if (!service.ok) return service;
  const rest = parseFields(value, { kind: 'Service', apiVersions: SERVICE_API_VERSIONS }, fields => ({
    owners: readOwners(fields),
    headless: fields.child('spec').optionalText('clusterIP') === 'None',
    entryPoints: readEntryPoints(fields),
  }));
  return rest.ok ? ok({ ...service.value, ...rest.value }) : rest;
};

const AUTHORED = ['name', 'namespace', 'labels', 'annotations', 'deletionTimestamp'] as const;

/** Without managedFields and versions: a change of those alone is no change, and they are half of an object. */
const readManifest = (fields: FieldReader, apiVersion: string): StoredIngress['manifest'] => {
  const metadata = fields.child('metadata');
  const authored = AUTHORED.filter(name => metadata.has(name)).map(name => [name, metadata.raw(name)]);
  return { apiVersion, kind: 'Ingress', metadata: Object.fromEntries(authored), spec: fields.raw('spec') };
};

const parseStoredIngress = (value: unknown): Result<StoredIngress> => {
  const ingress = parseIngress(value);
  if (!ingress.ok) return ingress;
  const rest = parseFields(
    value,
    { kind: 'Ingress', apiVersions: INGRESS_API_VERSIONS },
    (fields, apiVersion) => ({
      entryPoints: readEntryPoints(fields),
      manifest: readManifest(fields, apiVersion),
    }),
  );
  return rest.ok ? ok({ ...ingress.value, ...rest.value }) : rest;
};

export const STORED_SERVICE: Kind<StoredService> = { ...SERVICE, parse: parseStoredService };

export const STORED_INGRESS: Kind<StoredIngress> = { ...INGRESS, parse: parseStoredIngress };
