import { allowedHosts, isAllowedHost } from '../../core/allowed-hosts.ts';
import {
  type ClaimRecord,
  type ClaimRecords,
  claimShard,
  MAX_SHARD_BYTES,
  printClaimRecords,
  readClaimRecords,
} from '../../core/claim-records.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import { compareAge } from '../../core/objects/metadata.ts';
import type { Action } from './action.ts';
import type { ControllerOptions, Observed, WakeTime } from './observed.ts';

/** How long a claim outlives the last Ingress that names its host (DESIGN 5). */
export const CLAIM_GRACE_MS = 600_000;

/** The namespaces that name a host, the one with the oldest Ingress first. */
export type Claimants = ReadonlyMap<string, readonly string[]>;

/** Who asks for which host, as far as its namespace may use it: what may not be served is not claimed either. */
export const claimantsOf = (
  readings: readonly IngressReading[],
  { namespaces }: Pick<Observed, 'namespaces'>,
  { catchAllNamespaces }: Pick<ControllerOptions, 'catchAllNamespaces'>,
): Claimants => {
  const allowed = new Map(namespaces.map(namespace => [namespace.metadata.name, allowedHosts(namespace)]));
  const mayUse = (namespace: string, host: string): boolean =>
    host === ''
      ? catchAllNamespaces === 'any' || catchAllNamespaces.includes(namespace)
      : isAllowedHost(host, allowed.get(namespace) ?? null);
  const claimants = new Map<string, string[]>();
  const byAge = readings.toSorted((a, b) => compareAge(a.ingress.metadata, b.ingress.metadata));
  for (const { ingress, rules } of byAge) {
    const { namespace } = ingress.metadata;
    for (const host of new Set(rules.flatMap(rule => rule.domains))) {
      if (!mayUse(namespace, host)) continue;
      const known = claimants.get(host);
      if (known === undefined) claimants.set(host, [namespace]);
      else if (!known.includes(namespace)) known.push(namespace);
    }
  }
  return claimants;
};

type Turn = {
  readonly claimants: Claimants;
  readonly isBlind: (namespace: string) => boolean;
  readonly nowMs: number;
};

const begun = (host: string, { claimants, nowMs }: Turn): ClaimRecord | null => {
  const [namespace] = claimants.get(host) ?? [];
  return namespace === undefined ? null : { namespace, sinceMs: nowMs, goneMs: null };
};

/** What becomes of the record of one host; null: there is none any more. The very same record: nothing changes. */
const nextRecord = (host: string, record: ClaimRecord, turn: Turn): ClaimRecord | null => {
  const { claimants, nowMs } = turn;
  if (claimants.get(host)?.includes(record.namespace)) {
    return record.goneMs === null ? record : { ...record, goneMs: null };
  }
  if (turn.isBlind(record.namespace)) return record;
  // A time ahead of ours was written by a clock that is wrong: it must not hold a host for longer than ten minutes.
  if (record.goneMs === null || record.goneMs > nowMs) return { ...record, goneMs: nowMs };
  return nowMs - record.goneMs < CLAIM_GRACE_MS ? record : begun(host, turn);
};

const changeText = (
  host: string,
  before: ClaimRecord | undefined,
  after: ClaimRecord | undefined,
): readonly string[] => {
  const name = host === '' ? '(all hosts)' : host;
  if (before === undefined) return after === undefined ? [] : [`+ ${name} of ${after.namespace}`];
  if (after === undefined) return [`- ${name} of ${before.namespace}`];
  if (before.namespace !== after.namespace) return [`${name} from ${before.namespace} to ${after.namespace}`];
  if (before.goneMs === after.goneMs) return [];
  return [`${name} of ${after.namespace} is named ${after.goneMs === null ? 'again' : 'no more'}`];
};

/** Of all hosts of one shard; those that make it too large are left out, and go by the Ingress' age. */
const nextShard = (
  hosts: Iterable<string>,
  before: ClaimRecords,
  turn: Turn,
): ReadonlyMap<string, ClaimRecord> => {
  const next = new Map<string, ClaimRecord>();
  const fresh: [string, ClaimRecord][] = [];
  for (const host of hosts) {
    const known = before.get(host);
    const record = known === undefined ? begun(host, turn) : nextRecord(host, known, turn);
    if (record === null) continue;
    if (known === undefined) fresh.push([host, record]);
    else next.set(host, record);
  }
  if (fresh.length === 0) return next;
  let bytes = printClaimRecords(next).length;
  for (const [host, record] of fresh.sort(([a], [b]) => (a < b ? -1 : 1))) {
    bytes += printClaimRecords(new Map([[host, record]])).length;
    if (bytes <= MAX_SHARD_BYTES) next.set(host, record);
  }
  return next;
};

const endOf = (records: ClaimRecords): WakeTime =>
  Math.min(
    ...[...records.values()].map(({ goneMs }) =>
      goneMs === null ? Number.POSITIVE_INFINITY : goneMs + CLAIM_GRACE_MS,
    ),
  );

const grouped = (hosts: Iterable<string>): Map<string, string[]> => {
  const byShard = new Map<string, string[]>();
  for (const host of hosts) {
    const shard = claimShard(host);
    const known = byShard.get(shard);
    if (known === undefined) byShard.set(shard, [host]);
    else known.push(host);
  }
  return byShard;
};

/** Keeps the record of who holds which host (DESIGN 5 "Claims"), one ConfigMap a shard. */
export const decideClaims = (
  claimants: Claimants,
  { claimMaps, blindNamespaces, nowMs }: Pick<Observed, 'claimMaps' | 'blindNamespaces' | 'nowMs'>,
  { ownNamespace, hostOwnership }: Pick<ControllerOptions, 'ownNamespace' | 'hostOwnership'>,
): { readonly actions: readonly Action[]; readonly wakeMs: WakeTime } => {
  if (hostOwnership === 'off') return { actions: [], wakeMs: Number.POSITIVE_INFINITY };
  const turn: Turn = { claimants, isBlind: name => blindNamespaces.has(name), nowMs };
  const stored = new Map(
    claimMaps.map(({ object, resourceVersion }) => [
      object.metadata.name,
      { records: readClaimRecords(object), resourceVersion },
    ]),
  );
  const recorded = [...stored.values()].flatMap(({ records }) => [...records.keys()]);
  const actions: Action[] = [];
  let wakeMs = Number.POSITIVE_INFINITY;
  for (const [name, hosts] of grouped(new Set([...claimants.keys(), ...recorded]))) {
    const { records: before = new Map(), resourceVersion = null } = stored.get(name) ?? {};
    const records = nextShard(hosts, before, turn);
    wakeMs = Math.min(wakeMs, endOf(records));
    const changes = hosts.sort().flatMap(host => changeText(host, before.get(host), records.get(host)));
    if (changes.length === 0) continue;
    actions.push({
      kind: 'writeClaims',
      namespace: ownNamespace,
      name,
      resourceVersion,
      records,
      changes,
    });
  }
  return { actions, wakeMs };
};
