import { isRecord, type Json } from '../../core/canonical-json.ts';
import type { Outcome } from '../api-outcome.ts';
import type { Clock } from '../clock.ts';
import { unreadable } from '../connection/api-failure.ts';
import { callApi } from '../connection/call-api.ts';
import type { Connection } from '../connection/connection.ts';
import { queryText, type ResourceScope, resourcePath } from '../connection/resource-path.ts';
import type { ApiRequest } from '../connection/transport.ts';
import type { Kind, Named, ObjectRef } from '../kind.ts';
import { type Incoming, readIncoming } from '../watching/incoming.ts';
import { listObjects } from '../watching/list-objects.ts';
import type {
  Listed,
  Manifest,
  ObjectClient,
  PatchBody,
  PatchOptions,
  Preconditions,
  Received,
  WriteOptions,
} from './object-client.ts';

export type ObjectClientOptions = {
  readonly connection: Pick<Connection, 'transport' | 'served'>;
  readonly clock: Pick<Clock, 'after'>;
  /** For one request with its answer. @default 30000 */
  readonly timeoutMs?: number;
  /** @default `sluice` */
  readonly fieldManager?: string;
};

const PAGE_SIZE = 500;

const JSON_TYPE = 'application/json';

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<PatchBody['type'], string>;

/** A patch with the version that it was made for in it: the server answers 409 where the object has another. */
const guarded = (patch: PatchBody, resourceVersion: string | undefined): Json => {
  if (resourceVersion === undefined) return patch.body;
  if (patch.type === 'json') {
    return [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }, ...patch.body];
  }
  const metadata = patch.body.metadata ?? {};
  return { ...patch.body, metadata: isObject(metadata) ? { ...metadata, resourceVersion } : metadata };
};

const isObject = (value: Json): value is { readonly [key: string]: Json } => isRecord(value);

const received = <T>(incoming: Incoming<T>, json: unknown): Received<T> | null => {
  const { parsed, resourceVersion, generation } = incoming;
  return parsed.ok ? { object: parsed.value, resourceVersion, generation, json } : null;
};

type Ask = Omit<ApiRequest, 'signal' | 'path'> & {
  readonly scope: ResourceScope;
  readonly query?: Readonly<Record<string, string | undefined>>;
};

/** The one way in which the product changes objects in a cluster. */
export class ApiObjectClient implements ObjectClient {
  readonly #connection: Pick<Connection, 'transport' | 'served'>;
  readonly #call: { readonly clock: Pick<Clock, 'after'>; readonly timeoutMs: number };
  readonly #fieldManager: string;

  constructor({ connection, clock, timeoutMs = 30_000, fieldManager = 'sluice' }: ObjectClientOptions) {
    this.#connection = connection;
    this.#call = { clock, timeoutMs };
    this.#fieldManager = fieldManager;
  }

  get<T extends Named>(kind: Kind<T>, scope: ObjectRef): Promise<Outcome<Received<T>>> {
    return this.#askObject(kind, () => ({ method: 'GET', scope }));
  }

  async list<T extends Named>(
    kind: Kind<T>,
    { namespace, labelSelector }: { readonly namespace?: string; readonly labelSelector?: string } = {},
  ): Promise<Outcome<Listed<T>>> {
    const version = await this.#connection.served.versionOf(kind);
    if (!version.ok) return version;
    const items: Received<T>[] = [];
    const refused: Listed<T>['unreadable'][number][] = [];
    const path = resourcePath(kind, version.value, namespace === undefined ? {} : { namespace });
    const end = await listObjects(
      { path, pageSize: PAGE_SIZE, ...(labelSelector === undefined ? {} : { labelSelector }) },
      { ...this.#call, transport: this.#connection.transport },
      json => {
        const incoming = readIncoming(kind, version.value, json);
        const item = incoming === null ? null : received(incoming, json);
        if (item !== null) items.push(item);
        else if (incoming !== null && !incoming.parsed.ok) {
          const { namespace, name, parsed } = incoming;
          refused.push({ namespace, name, problems: parsed.problems });
        }
      },
    );
    if (!end.ok) return { ok: false, failure: end.failure };
    return { ok: true, value: { items, resourceVersion: end.resourceVersion, unreadable: refused } };
  }

  create<T extends Named>(
    kind: Kind<T>,
    namespace: string,
    manifest: Manifest,
    options: WriteOptions = {},
  ): Promise<Outcome<Received<T>>> {
    return this.#write(kind, { method: 'POST', scope: { namespace } }, manifest, options);
  }

  replace<T extends Named>(
    kind: Kind<T>,
    namespace: string,
    manifest: Manifest,
    options: WriteOptions = {},
  ): Promise<Outcome<Received<T>>> {
    const scope = { namespace, name: manifest.metadata.name };
    return this.#write(kind, { method: 'PUT', scope }, manifest, options);
  }

  patch<T extends Named>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: PatchBody,
    options: PatchOptions = {},
  ): Promise<Outcome<Received<T>>> {
    const { subresource, resourceVersion } = options;
    const text = JSON.stringify(guarded(patch, resourceVersion));
    return this.#askObject(kind, () => ({
      method: 'PATCH',
      scope: { ...ref, ...(subresource === undefined ? {} : { subresource }) },
      query: this.#writeQuery(options),
      body: { contentType: PATCH_TYPES[patch.type], text },
    }));
  }

  readmit<T extends Named>(
    kind: Kind<T>,
    ref: ObjectRef,
    resourceVersion: string,
    options: WriteOptions = {},
  ): Promise<Outcome<Received<T>>> {
    return this.patch(kind, ref, { type: 'merge', body: {} }, { ...options, resourceVersion });
  }

  async delete<T extends Named>(
    kind: Kind<T>,
    scope: ObjectRef,
    options: WriteOptions & Preconditions = {},
  ): Promise<Outcome<boolean>> {
    const { uid, resourceVersion, dryRun } = options;
    const deleteOptions = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
      propagationPolicy: 'Background',
      ...(dryRun === true ? { dryRun: ['All'] } : {}),
    };
    const body = { contentType: JSON_TYPE, text: JSON.stringify(deleteOptions) };
    const answer = await this.#ask(kind, () => ({ method: 'DELETE', scope, body }));
    if (answer.ok) return { ok: true, value: true };
    const { kind: why, reason } = answer.failure;
    // Without the reason it is the URL that the server does not know.
    return why === 'notFound' && reason === 'NotFound' ? { ok: true, value: false } : answer;
  }

  /** A body needs the version that discovery has found. */
  #write<T extends Named>(
    kind: Kind<T>,
    ask: Pick<Ask, 'method' | 'scope'>,
    manifest: Manifest,
    options: WriteOptions,
  ): Promise<Outcome<Received<T>>> {
    return this.#askObject(kind, apiVersion => ({
      ...ask,
      query: this.#writeQuery(options),
      body: { contentType: JSON_TYPE, text: JSON.stringify({ ...manifest, apiVersion, kind: kind.name }) },
    }));
  }

  async #askObject<T extends Named>(
    kind: Kind<T>,
    ask: (apiVersion: string) => Ask,
  ): Promise<Outcome<Received<T>>> {
    const answer = await this.#ask(kind, ask);
    if (!answer.ok) return answer;
    const { json, apiVersion, asked } = answer.value;
    const incoming = readIncoming(kind, apiVersion, json);
    const object = incoming === null ? null : received(incoming, json);
    if (object !== null) return { ok: true, value: object };
    const problems = incoming === null || incoming.parsed.ok ? [] : incoming.parsed.problems;
    return {
      ok: false,
      failure: unreadable(asked, `the answer is no ${kind.name} that we can read`, problems),
    };
  }

  async #ask(
    kind: Kind<Named>,
    ask: (apiVersion: string) => Ask,
  ): Promise<Outcome<{ readonly json: unknown; readonly apiVersion: string; readonly asked: string }>> {
    const { served, transport } = this.#connection;
    const version = await served.versionOf(kind);
    if (!version.ok) return version;
    const apiVersion = version.value;
    const { method, scope, query, body } = ask(apiVersion);
    const path = resourcePath(kind, apiVersion, scope);
    const request = { method, path: `${path}${queryText(query ?? {})}`, ...(body ? { body } : {}) };
    const answer = await callApi(request, { ...this.#call, transport });
    if (answer.ok) return { ok: true, value: { json: answer.value, apiVersion, asked: `${method} ${path}` } };
    if (answer.failure.kind === 'notFound' && answer.failure.reason === '') served.forget();
    return answer;
  }

  #writeQuery({ dryRun, fieldManager }: WriteOptions): Record<string, string | undefined> {
    return {
      fieldManager: fieldManager ?? this.#fieldManager,
      dryRun: dryRun === true ? 'All' : undefined,
    };
  }
}
