import { isRecord, type Json } from '../core/canonical-json.ts';
import { parseFields } from '../core/objects/field-reader.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { objectName } from '../core/objects/metadata.ts';
import { readMetadata } from '../core/objects/read-metadata.ts';
import type { ApiFailure, Outcome } from '../kube/api-outcome.ts';
import type { Clock } from '../kube/clock.ts';
import type { Kind, Named } from '../kube/kind.ts';
import { INGRESS, MUTATING_WEBHOOKS } from '../kube/kinds.ts';
import { LEASE } from '../kube/leader/lease.ts';
import type { ObjectClient, Received } from '../kube/objects/object-client.ts';

/** `deployments/scale` answers with an autoscaling/v1 Scale. */
const DEPLOYMENT_SCALE: Kind<Named> = {
  name: 'Scale',
  plural: 'deployments',
  scope: 'namespaced',
  apiVersions: ['apps/v1'],
  parse: value =>
    parseFields(value, { kind: 'Scale', apiVersions: ['autoscaling/v1'] }, fields => ({
      metadata: readMetadata(fields, { scope: 'namespaced', name: 'subdomain' }),
    })),
};

/** JSON patch (RFC 6902) that gives an Ingress its own hosts back; empty: nothing of ours is in it. */
export type Restoration = (json: unknown) => readonly { readonly [field: string]: Json }[];

export type RestoreWorld = {
  readonly client: ObjectClient;
  readonly namespace: string;
  /** Name of the controller's Deployment and of its Lease. */
  readonly controllerName: string;
  /** Name of the mutating webhook configuration. */
  readonly configurationName: string;
  readonly restorationOf: Restoration;
  readonly clock: Clock;
  readonly say: (line: string) => void;
};

export type RestoreResult =
  | { readonly kind: 'restored'; readonly count: number }
  /** Still holding something of ours, `namespace/name`. */
  | { readonly kind: 'left'; readonly names: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: ApiFailure };

const LOOK_EVERY_MS = 1_000;
/** A Lease that says nothing of its duration is taken for one of ours. */
const LEASE_MS = 15_000;
const LEASE_DEADLINE_MS = 90_000;

/**
 * API servers learn of a deleted configuration by a watch, so a restored Ingress may be keyed once more; what is
 * left after as many rounds is told.
 */
const ROUNDS = 10;

const rest = (clock: Clock, ms: number): Promise<void> =>
  new Promise(resolve => void clock.after(ms, resolve));

const isGone = ({ kind }: ApiFailure): boolean => kind === 'notFound';

const stopController = async (world: RestoreWorld): Promise<ApiFailure | null> => {
  const { client, namespace, controllerName: name, say } = world;
  const scaled = await client.patch(
    DEPLOYMENT_SCALE,
    { namespace, name },
    { type: 'merge', body: { spec: { replicas: 0 } } },
    { subresource: 'scale' },
  );
  if (scaled.ok) {
    say(`Deployment ${namespace}/${name} is scaled to 0.`);
    return null;
  }
  if (!isGone(scaled.failure)) return scaled.failure;
  say(`There is no Deployment ${namespace}/${name}.`);
  return null;
};

/** Until nobody leads: the Lease was given back, or its holder has been silent for as long as it lasts. */
const waitForLease = async (world: RestoreWorld): Promise<ApiFailure | 'held' | null> => {
  const { client, namespace, controllerName: name, clock, say } = world;
  const deadlineMs = clock.now() + LEASE_DEADLINE_MS;
  let renewTime: string | null = null;
  let sinceMs = clock.now();
  while (clock.now() < deadlineMs) {
    const lease = await client.get(LEASE, { namespace, name });
    if (!lease.ok) return isGone(lease.failure) ? null : lease.failure;
    const { holder, durationMs, renewTime: renewed } = lease.value.object;
    if (holder === '') return null;
    if (renewed !== renewTime) {
      if (renewTime === null) say(`Waiting until ${holder} leads no more.`);
      renewTime = renewed;
      sinceMs = clock.now();
    } else if (clock.now() - sinceMs > (durationMs ?? LEASE_MS)) return null;
    await rest(clock, LOOK_EVERY_MS);
  }
  return 'held';
};

type Round = { readonly restored: number; readonly left: readonly string[] };

const restoreOne = async (
  { client, restorationOf }: RestoreWorld,
  { object, json, resourceVersion }: Received<Ingress>,
): Promise<Outcome<boolean>> => {
  // Items of a list do not say what they are.
  const body = restorationOf(
    isRecord(json) ? { apiVersion: INGRESS.apiVersions[0], kind: INGRESS.name, ...json } : json,
  );
  if (body.length === 0) return { ok: true, value: false };
  const patched = await client.patch(INGRESS, object.metadata, { type: 'json', body }, { resourceVersion });
  return patched.ok ? { ok: true, value: true } : patched;
};

/** What fails of one Ingress is left for the next round, and told in the end. */
const restoreAll = async (world: RestoreWorld): Promise<Outcome<Round>> => {
  const listed = await world.client.list(INGRESS);
  if (!listed.ok) return listed;
  let restored = 0;
  const left: string[] = listed.value.unreadable.map(objectName);
  for (const ingress of listed.value.items) {
    const outcome = await restoreOne(world, ingress);
    if (!outcome.ok) {
      const name = objectName(ingress.object.metadata);
      world.say(`Ingress ${name}: ${outcome.failure.message}`);
      if (!isGone(outcome.failure)) left.push(name);
    } else if (outcome.value) restored += 1;
  }
  return { ok: true, value: { restored, left } };
};

/** The first failure that ends it all, as a failure of the API. */
const prepare = async (world: RestoreWorld): Promise<ApiFailure | null> => {
  const { client, namespace, controllerName, configurationName, say } = world;
  const unstopped = await stopController(world);
  if (unstopped !== null) return unstopped;
  const held = await waitForLease(world);
  if (held === 'held') {
    return {
      kind: 'forbidden',
      status: null,
      reason: '',
      message: `the Lease ${namespace}/${controllerName} is still being renewed: stop that controller first, or it would undo all of this.`,
      retryAfterMs: null,
      problems: [],
    };
  }
  if (held !== null) return held;
  const deleted = await client.delete(MUTATING_WEBHOOKS, { namespace: '', name: configurationName });
  if (!deleted.ok) return deleted.failure;
  say(
    deleted.value
      ? `The mutating webhook configuration ${configurationName} is deleted.`
      : `There is no mutating webhook configuration ${configurationName}.`,
  );
  return null;
};

/**
 * Gives every Ingress its own hosts back, before an uninstall (W7): stops the controller, which would repair what is
 * restored, deletes the mutating configuration, which would key it anew, and looks again until nothing of ours is
 * left. To be run as often as one likes.
 */
export const restore = async (world: RestoreWorld): Promise<RestoreResult> => {
  const failure = await prepare(world);
  if (failure !== null) return { kind: 'failed', failure };
  let count = 0;
  let left: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const outcome = await restoreAll(world);
    if (!outcome.ok) return { kind: 'failed', failure: outcome.failure };
    const { restored } = outcome.value;
    left = outcome.value.left;
    count += restored;
    // A round that had nothing to do has seen that nothing is left.
    if (restored === 0 && left.length === 0) return { kind: 'restored', count };
    await rest(world.clock, LOOK_EVERY_MS);
  }
  const names = left.length > 0 ? left : ['Ingresses that are keyed again as soon as they are restored'];
  return { kind: 'left', names };
};
