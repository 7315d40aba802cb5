import type { ApiFailureKind, Outcome } from '../../../src/kube/api-outcome.ts';
import type { Kind, Named, ObjectRef } from '../../../src/kube/kind.ts';
import type { ObjectClient, Received } from '../../../src/kube/objects/object-client.ts';
import type { ManualClock } from './manual-clock.ts';
import { type SimulatedObjects, StatusError, type StoredJson } from './simulated-objects.ts';

/** What the network between one client and the API server does to one request. */
export type Passage = {
  readonly requestMs: number;
  readonly answerMs: number;
  /** The request never arrives, or it is done and the answer never does. */
  readonly lost: 'request' | 'answer' | 'neither';
};

const KINDS: Readonly<Record<number, ApiFailureKind>> = { 404: 'notFound', 409: 'conflict' };

const failure = (kind: ApiFailureKind, status: number | null, message: string): Outcome<never> => ({
  ok: false,
  failure: { kind, status, reason: '', message, retryAfterMs: null, problems: [] },
});

/** A client whose requests take simulated time and may be lost; the objects behind it are shared. */
export const slowClient = (
  objects: SimulatedObjects,
  clock: ManualClock,
  passage: () => Passage,
): Pick<ObjectClient, 'get' | 'create' | 'patch'> => {
  const ask = <T extends Named>(kind: Kind<T>, act: () => StoredJson): Promise<Outcome<Received<T>>> => {
    const { requestMs, answerMs, lost } = passage();
    return new Promise(resolve => {
      if (lost === 'request') return;
      clock.after(requestMs, () => {
        const answer = outcomeOf(kind, act);
        if (lost === 'neither') clock.after(answerMs, () => resolve(answer));
      });
    });
  };
  const refOf = (kind: Kind<Named>, { namespace, name }: ObjectRef) => ({
    collection: kind.plural,
    namespace,
    name,
  });
  return {
    get: (kind, ref) => ask(kind, () => objects.get(refOf(kind, ref))),
    create: (kind, namespace, manifest) =>
      ask(kind, () =>
        objects.create(refOf(kind, { namespace, name: manifest.metadata.name }), {
          ...manifest,
          apiVersion: kind.apiVersions[0],
          kind: kind.name,
        }),
      ),
    patch: (kind, ref, patch, options) =>
      ask(kind, () =>
        objects.patch(refOf(kind, ref), {
          ...patch.body,
          metadata: { resourceVersion: options?.resourceVersion },
        }),
      ),
  };
};

const outcomeOf = <T extends Named>(kind: Kind<T>, act: () => StoredJson): Outcome<Received<T>> => {
  try {
    const json = act();
    const parsed = kind.parse(json);
    if (!parsed.ok) return failure('unreadable', null, JSON.stringify(parsed.problems));
    const { resourceVersion } = json.metadata;
    return { ok: true, value: { object: parsed.value, resourceVersion, generation: null, json } };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const kindOf = error.reason === 'AlreadyExists' ? 'alreadyExists' : (KINDS[error.code] ?? 'invalid');
    return failure(kindOf, error.code, error.message);
  }
};
