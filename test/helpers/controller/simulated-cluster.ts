import { isDeepStrictEqual } from 'node:util';
import jsonpatch from 'jsonpatch';
import { STANDALONE_OPTIONS } from '../../../src/admission/admission-options.ts';
import { admit } from '../../../src/admission/admit.ts';
import { LONE_VIEW } from '../../../src/admission/cluster-view.ts';
import { mutate } from '../../../src/admission/mutate.ts';
import type { WouldChange } from '../../../src/controller/admission-need.ts';
import {
  Controller,
  type ControllerEvent,
  type ControllerWorld,
} from '../../../src/controller/controller.ts';
import { CONTROLLER_KINDS, type ControllerKinds } from '../../../src/controller/controller-stores.ts';
import type { ControllerOptions } from '../../../src/controller/decide/observed.ts';
import type { ApiFailureKind, Outcome } from '../../../src/kube/api-outcome.ts';
import type { ClusterEvent } from '../../../src/kube/events/event-recorder.ts';
import type { Kind, Named, ObjectRef } from '../../../src/kube/kind.ts';
import type { ObjectClient, Received } from '../../../src/kube/objects/object-client.ts';
import { createStores } from '../../../src/kube/store/create-stores.ts';
import { readIncoming } from '../../../src/kube/watching/incoming.ts';
import type { ObjectSink } from '../../../src/kube/watching/object-sink.ts';
import { ManualClock } from '../kube/manual-clock.ts';
import {
  type HistoryEvent,
  SimulatedObjects,
  StatusError,
  type StoredJson,
} from '../kube/simulated-objects.ts';

/** Nobody has let it read any. */
const NO_SECRETS: ControllerWorld['secrets'] = {
  follow: () => {},
  values: () => [].values(),
  absent: new Set(),
  listen: () => {},
};

export const ADMISSION = {
  ...STANDALONE_OPTIONS,
  everyClass: false,
  classes: [{ name: 'sluice', entry: '' }],
};

export const OPTIONS: ControllerOptions = {
  ...ADMISSION,
  ownNamespace: 'sluice-system',
  status: { kind: 'off' },
};

export const wouldChange: WouldChange = (manifest, ingressClasses) =>
  mutate({ object: manifest, oldObject: manifest }, { options: ADMISSION, ingressClasses }).patch.length > 0;

const FAILURES: Readonly<Record<string, ApiFailureKind>> = {
  NotFound: 'notFound',
  Conflict: 'conflict',
  AlreadyExists: 'alreadyExists',
};

const failed = (kind: ApiFailureKind, message: string): Outcome<never> => ({
  ok: false,
  failure: { kind, status: null, reason: '', message, retryAfterMs: null, problems: [] },
});

/** What lies between one controller and the API server. */
export type Link = {
  /** How late a change of a kind is told, in milliseconds. */
  readonly lagMs: (plural: string) => number;
  /** What becomes of a write: it may never arrive, or its answer may not. */
  readonly fate: () => 'fine' | 'requestLost' | 'answerLost';
};

export const GOOD_LINK: Link = { lagMs: () => 1, fate: () => 'fine' };

/** An API server with our webhook in front of its Ingresses, and controllers that reach it over bad links. */
export class SimulatedCluster {
  readonly clock = new ManualClock();
  readonly objects = new SimulatedObjects();
  readonly events: ClusterEvent[] = [];
  /** `create services shop/a`, each write that changed something. */
  readonly writes: string[] = [];
  isWebhookUp = true;
  /** Secrets that the routers may read, by namespace and name. */
  readonly granted = new Set<string>();

  constructor() {
    this.objects.onEvent(({ type, collection, object }) => {
      const { namespace, name } = object.metadata;
      this.writes.push(`${type} ${collection} ${namespace ?? ''}/${name}`);
    });
  }

  /** A user's write; Ingresses pass the webhook while it is up. */
  put(plural: string, json: StoredJson | Readonly<Record<string, unknown>>): void {
    const { namespace = '', name } = json.metadata as { readonly namespace?: string; readonly name: string };
    const ref = { collection: plural, namespace, name };
    const old = this.find(ref);
    const admitted = plural === 'ingresses' ? this.#admitted(json, old) : json;
    if (old === null) this.objects.create(ref, admitted);
    else this.objects.replace(ref, withoutVersion(admitted));
  }

  find(ref: { readonly collection: string } & ObjectRef): StoredJson | null {
    try {
      return this.objects.get(ref);
    } catch (error) {
      if (error instanceof StatusError) return null;
      throw error;
    }
  }

  remove(plural: string, namespace: string, name: string): void {
    if (this.find({ collection: plural, namespace, name }) === null) return;
    this.objects.delete({ collection: plural, namespace, name }, {});
  }

  controller(link: Link = GOOD_LINK, options: Partial<ControllerOptions> = {}) {
    const { set, collections } = createStores<ControllerKinds>(CONTROLLER_KINDS, { clock: this.clock });
    const kinds = Object.entries(CONTROLLER_KINDS) as unknown as readonly (readonly [
      keyof typeof collections,
      Kind<Named>,
    ])[];
    for (const [name, kind] of kinds) {
      const all = this.objects.list(kind.plural, '').flatMap(json => this.#incoming(kind, json) ?? []);
      (collections[name] as unknown as ObjectSink<Named>).replaceAll(all);
    }
    this.objects.onEvent(event => {
      const [name, kind] = kinds.find(([, { plural }]) => plural === event.collection) ?? [];
      if (name === undefined || kind === undefined) return;
      // A watch keeps the order within its kind, and none with other kinds.
      const at = Math.max(this.clock.now() + link.lagMs(kind.plural), lastMs.get(kind.plural) ?? 0);
      lastMs.set(kind.plural, at);
      this.clock.after(at - this.clock.now(), () =>
        this.#deliver(collections[name] as unknown as ObjectSink<Named>, kind, event),
      );
    });
    const lastMs = new Map<string, number>();
    const state = { isLeader: true, log: [] as ControllerEvent[] };
    const controller = new Controller(
      { ...OPTIONS, ...options },
      {
        stores: set,
        client: this.client(link),
        events: { record: event => void this.events.push(event) },
        isLeader: () => state.isLeader,
        wouldChange,
        mayRoutersRead: async ({ namespace, name }) => ({
          ok: true,
          value: this.granted.has(`${namespace}/${name}`),
        }),
        secrets: NO_SECRETS,
        observer: event => void state.log.push(event),
        clock: this.clock,
        random: () => 0.5,
      },
    );
    controller.lead();
    return { controller, state };
  }

  /** Lets time pass, and everything that hangs on it happen. */
  async pass(ms: number, stepMs = 25): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      for (let turn = 0; turn < 6; turn += 1) await new Promise(resolve => setImmediate(resolve));
    }
  }

  #incoming(kind: Kind<Named>, json: StoredJson) {
    return readIncoming(kind, kind.apiVersions[0], json);
  }

  #deliver(sink: ObjectSink<Named>, kind: Kind<Named>, event: HistoryEvent): void {
    const incoming = this.#incoming(kind, event.object);
    if (incoming === null) return;
    if (event.type === 'DELETED') sink.remove(incoming);
    else sink.put(incoming);
  }

  #admitted(json: unknown, oldObject: unknown): unknown {
    if (!this.isWebhookUp) return json;
    const view = { ...LONE_VIEW, ingressClasses: [] };
    return admit({ object: json, oldObject }, { options: ADMISSION, view, nowMs: this.clock.wallMs() })
      .object;
  }

  client(link: Link = GOOD_LINK): ObjectClient {
    const ask = async <R>(run: () => R): Promise<Outcome<R>> => {
      const fate = link.fate();
      if (fate === 'requestLost') return failed('unreachable', 'lost');
      try {
        const value = run();
        return fate === 'answerLost' ? failed('unreachable', 'lost') : { ok: true, value };
      } catch (error) {
        if (error instanceof StatusError) return failed(FAILURES[error.reason] ?? 'invalid', error.message);
        throw error;
      }
    };
    const one = async <T extends Named>(
      kind: Kind<T>,
      run: () => StoredJson,
    ): Promise<Outcome<Received<T>>> => {
      const outcome = await ask(run);
      return outcome.ok ? this.#received(kind, outcome.value) : outcome;
    };
    const refOf = (kind: Kind<Named>, { namespace, name }: ObjectRef) => ({
      collection: kind.plural,
      namespace,
      name,
    });
    return {
      get: (kind, ref) => one(kind, () => this.objects.get(refOf(kind, ref))),
      list: async (kind, { namespace = '' } = {}) => {
        const items = this.objects.list(kind.plural, namespace).flatMap(json => {
          const received = this.#received(kind, json);
          return received.ok ? [received.value] : [];
        });
        return { ok: true, value: { items, resourceVersion: '', unreadable: [] } };
      },
      create: (kind, namespace, manifest) =>
        one(kind, () =>
          this.objects.create(refOf(kind, { namespace, name: manifest.metadata.name }), {
            apiVersion: kind.apiVersions[0],
            kind: kind.name,
            ...manifest,
          }),
        ),
      replace: (kind, namespace, manifest) =>
        one(kind, () =>
          this.objects.replace(refOf(kind, { namespace, name: manifest.metadata.name }), {
            apiVersion: kind.apiVersions[0],
            kind: kind.name,
            ...manifest,
          }),
        ),
      patch: (kind, ref, { type, body }, { resourceVersion } = {}) =>
        one(kind, () =>
          type === 'json'
            ? this.#jsonPatch(refOf(kind, ref), body)
            : this.#patch(refOf(kind, ref), body, resourceVersion),
        ),
      readmit: (kind, ref, resourceVersion) =>
        one(kind, () => this.#readmit(refOf(kind, ref), resourceVersion)),
      delete: (kind, ref, { uid, resourceVersion } = {}) =>
        ask(() => {
          this.objects.delete(refOf(kind, ref), { uid, resourceVersion });
          return true;
        }),
    };
  }

  #patch(
    ref: { readonly collection: string } & ObjectRef,
    body: unknown,
    resourceVersion?: string,
  ): StoredJson {
    const patch = body as { readonly metadata?: object };
    return this.objects.patch(ref, {
      ...patch,
      metadata: { ...patch.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    });
  }

  #jsonPatch(ref: { readonly collection: string } & ObjectRef, operations: unknown): StoredJson {
    const stored = this.objects.get(ref);
    const { apply_patch: apply } = jsonpatch as unknown as {
      readonly apply_patch: (document: unknown, patch: unknown) => unknown;
    };
    return this.objects.replace(ref, this.#admitted(apply(structuredClone(stored), operations), stored));
  }

  #readmit(ref: { readonly collection: string } & ObjectRef, resourceVersion: string): StoredJson {
    const stored = this.objects.get(ref);
    if (stored.metadata.resourceVersion !== resourceVersion)
      throw new StatusError(409, 'Conflict', 'changed');
    const admitted = this.#admitted(stored, stored);
    return isDeepStrictEqual(admitted, stored) ? stored : this.objects.replace(ref, admitted);
  }

  #received<T extends Named>(kind: Kind<T>, json: StoredJson): Outcome<Received<T>> {
    const incoming = readIncoming(kind, kind.apiVersions[0], json);
    if (incoming === null || !incoming.parsed.ok) return failed('unreadable', JSON.stringify(incoming));
    const { resourceVersion, generation, parsed } = incoming;
    return { ok: true, value: { object: parsed.value, resourceVersion, generation, json } };
  }
}

const withoutVersion = (json: unknown): unknown => {
  const { metadata, ...rest } = json as StoredJson;
  const { resourceVersion: _, ...kept } = metadata;
  return { ...rest, metadata: kept };
};
