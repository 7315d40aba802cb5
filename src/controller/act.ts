import { CLAIMS_KEY, CLAIMS_LABEL, CLAIMS_LABEL_VALUE, printClaimRecords } from '../core/claim-records.ts';
import { edgeServiceManifest } from '../core/edge-service.ts';
import type { ApiFailure, Outcome } from '../kube/api-outcome.ts';
import type { ObjectRef } from '../kube/kind.ts';
import { CONFIG_MAP } from '../kube/kinds.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';
import type { Action } from './decide/action.ts';
import { STORED_INGRESS, STORED_SERVICE } from './stored-kinds.ts';

export type ActOutcome =
  /** `changed`: false where the API server holds the very same as before. */
  | { readonly kind: 'done'; readonly changed: boolean }
  /** What we saw is not what is there: no failure, and no reason to insist. */
  | { readonly kind: 'lookAgain' }
  | { readonly kind: 'failed'; readonly failure: ApiFailure };

/** Somebody else was faster, or our look was old. */
const STALE: ReadonlySet<ApiFailure['kind']> = new Set(['conflict', 'alreadyExists', 'notFound']);

const outcomeOf = <T>(outcome: Outcome<T>, hasChanged: (value: T) => boolean): ActOutcome => {
  if (outcome.ok) return { kind: 'done', changed: hasChanged(outcome.value) };
  const { failure } = outcome;
  return STALE.has(failure.kind) ? { kind: 'lookAgain' } : { kind: 'failed', failure };
};

const always = (): boolean => true;

type Of<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

const writeClaims = async (
  client: ObjectClient,
  { namespace, name, resourceVersion, records }: Of<'writeClaims'>,
): Promise<ActOutcome> => {
  const metadata = { name, namespace, labels: { [CLAIMS_LABEL]: CLAIMS_LABEL_VALUE } };
  const data = { [CLAIMS_KEY]: printClaimRecords(records) };
  return outcomeOf(
    resourceVersion === null
      ? await client.create(CONFIG_MAP, namespace, { metadata, data })
      : await client.replace(CONFIG_MAP, namespace, { metadata: { ...metadata, resourceVersion }, data }),
    always,
  );
};

const publishStatus = async (
  client: ObjectClient,
  { namespace, name, resourceVersion, entryPoints }: Of<'publishStatus'>,
): Promise<ActOutcome> => {
  const ingress = entryPoints.map(({ ip, hostname }) => ({
    ...(ip === null ? {} : { ip }),
    ...(hostname === null ? {} : { hostname }),
  }));
  return outcomeOf(
    await client.patch(
      STORED_INGRESS,
      { namespace, name },
      { type: 'merge', body: { status: { loadBalancer: { ingress } } } },
      { resourceVersion, subresource: 'status' },
    ),
    always,
  );
};

const createEdge = async (client: ObjectClient, { spec }: Of<'createEdge'>): Promise<ActOutcome> => {
  const { metadata, spec: body } = edgeServiceManifest(spec);
  const { ownerReferences = [], ...named } = metadata;
  const { ipFamilies, ipFamilyPolicy, ...rest } = body;
  return outcomeOf(
    await client.create(STORED_SERVICE, spec.namespace, {
      metadata: { ...named, ownerReferences: [...ownerReferences] },
      spec: {
        ...rest,
        ...(ipFamilies === undefined || ipFamilyPolicy === undefined ? {} : { ipFamilies, ipFamilyPolicy }),
      },
    }),
    always,
  );
};

export type ActWorld = {
  readonly client: ObjectClient;
  /** True if a plan of what the API server holds now still has the edge Service; a failure where it cannot be asked. */
  readonly isEdgeWanted: (edge: ObjectRef) => Promise<Outcome<boolean>>;
};

/**
 * What is removed is looked at once more, past the stores: they are of no common moment, so a controller may know an
 * edge Service and not yet the Ingress that it was made for (R9).
 */
const removeEdge = async (
  { client, isEdgeWanted }: ActWorld,
  { namespace, name, uid, resourceVersion, toBeMadeAgain }: Of<'removeEdge'>,
): Promise<ActOutcome> => {
  if (!toBeMadeAgain) {
    const wanted = await isEdgeWanted({ namespace, name });
    if (!wanted.ok) return { kind: 'failed', failure: wanted.failure };
    if (wanted.value) return { kind: 'lookAgain' };
  }
  const preconditions = { resourceVersion, ...(uid === null ? {} : { uid }) };
  return outcomeOf(await client.delete(STORED_SERVICE, { namespace, name }, preconditions), gone => gone);
};

/** Does one thing; nothing here is tried again. */
export const act = async (world: ActWorld, action: Action): Promise<ActOutcome> => {
  const { client } = world;
  switch (action.kind) {
    case 'createEdge':
      return createEdge(client, action);
    case 'updateEdge': {
      const { spec, patch, resourceVersion } = action;
      const ref = { namespace: spec.namespace, name: spec.name };
      return outcomeOf(
        await client.patch(STORED_SERVICE, ref, { type: 'merge', body: patch }, { resourceVersion }),
        always,
      );
    }
    case 'removeEdge':
      return removeEdge(world, action);
    case 'writeClaims':
      return writeClaims(client, action);
    case 'readmit': {
      const { namespace, name, resourceVersion } = action;
      return outcomeOf(
        await client.readmit(STORED_INGRESS, { namespace, name }, resourceVersion),
        received => received.resourceVersion !== resourceVersion,
      );
    }
    case 'publishStatus':
      return publishStatus(client, action);
    default:
      return action satisfies never;
  }
};
