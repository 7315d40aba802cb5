import { allowedHosts, isAllowedHost } from '../../core/allowed-hosts.ts';
import {
  CLAIMS_KEY,
  type ClaimRecord,
  type ClaimRecords,
  claimShard,
  MAX_SHARD_BYTES,
  printClaimRecords,
  readClaimRecords,
} from '../../core/claim-records.ts';
import { claimedPort, portClaim } from '../../core/claimed-name.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import { compareAge, type Metadata } from '../../core/objects/metadata.ts';
import type { TcpReading } from '../../core/tcp-reading.ts';
import type { ObjectRef } from '../../kube/kind.ts';
import type { Action } from './action.ts';
import type { Notice } from './notices.ts';
import type { ControllerOptions, Observed, WakeTime } from './observed.ts';

/** How long a claim outlives the last object that names its host or port (DESIGN 5). */
export const CLAIM_GRACE_MS = 600_000;

/** The namespaces that name a host or TCP port (`portClaim`), the one with the oldest object first. */
export type Claimants = ReadonlyMap<string, readonly string[]>;

/** Everything of a cluster that claims something. */
export type ClaimingReadings = {
  readonly ingresses: readonly IngressReading[];
  readonly services: readonly TcpReading[];
};

type Claiming = { readonly metadata: Metadata; readonly names: readonly string[] };

/** Who asks for which host and port, as far as its namespace may use it: what may not be served is not claimed either. */
export const claimantsOf = (
  { ingresses, services }: ClaimingReadings,
  { namespaces }: Pick<Observed, 'namespaces'>,
  { catchAllNamespaces }: Pick<ControllerOptions, 'catchAllNamespaces'>,
): Claimants => {
  const allowed = new Map(namespaces.map(namespace => [namespace.metadata.name, allowedHosts(namespace)]));
  const mayUse = (namespace: string, host: string): boolean =>
    host === ''
      ? catchAllNamespaces === 'any' || catchAllNamespaces.includes(namespace)
      : isAllowedHost(host, allowed.get(namespace) ?? null);
  const claimants = new Map<string, string[]>();
  const claiming: readonly Claiming[] = [
    ...ingresses.map(({ ingress: { metadata }, rules }) => ({
      metadata,
      names: rules.flatMap(({ domains }) => domains).filter(host => mayUse(metadata.namespace, host)),
    })),
    ...services.map(({ service: { metadata }, specs }) => ({
      metadata,
      names: specs.map(({ port }) => portClaim(port)),
    })),
  ];
  for (const { metadata, names } of claiming.toSorted((a, b) => compareAge(a.metadata, b.metadata))) {
    const { namespace } = metadata;
    for (const host of new Set(names)) {
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

const hostName = (host: string): string => {
  const port = claimedPort(host);
  if (port !== undefined) return `TCP port ${port}`;
  return host === '' ? '(all hosts)' : host;
};

const changeText = (
  host: string,
  before: ClaimRecord | undefined,
  after: ClaimRecord | undefined,
): readonly string[] => {
  const name = hostName(host);
  if (before === undefined) return after === undefined ? [] : [`+ ${name} of ${after.namespace}`];
  if (after === undefined) return [`- ${name} of ${before.namespace}`];
  if (before.namespace !== after.namespace) return [`${name} from ${before.namespace} to ${after.namespace}`];
  if (before.goneMs === after.goneMs) return [];
  return [`${name} of ${after.namespace} is named ${after.goneMs === null ? 'again' : 'no more'}`];
};

/** What one record adds to others is what it is alone without this: exactly so, by the form of the text. */
const EMPTY_BYTES = printClaimRecords(new Map()).length;

type Shard = {
  readonly records: ReadonlyMap<string, ClaimRecord>;
  /** Hosts that found no place, sorted: the oldest Ingress that names one has it. */
  readonly unrecorded: readonly string[];
};

/**
 * Of all hosts of one shard. Who is on record stays there; of new hosts those that make it too large are left out,
 * and are tried again at each look.
 */
const nextShard = (hosts: Iterable<string>, before: ClaimRecords, turn: Turn): Shard => {
  const next = new Map<string, ClaimRecord>();
  const fresh: [string, ClaimRecord][] = [];
  for (const host of hosts) {
    const known = before.get(host);
    const record = known === undefined ? begun(host, turn) : nextRecord(host, known, turn);
    if (record === null) continue;
    if (known === undefined) fresh.push([host, record]);
    else next.set(host, record);
  }
  const unrecorded: string[] = [];
  if (fresh.length === 0) return { records: next, unrecorded };
  let bytes = printClaimRecords(next).length;
  for (const [host, record] of fresh.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const more = printClaimRecords(new Map([[host, record]])).length - EMPTY_BYTES;
    if (bytes + more > MAX_SHARD_BYTES) unrecorded.push(host);
    else {
      bytes += more;
      next.set(host, record);
    }
  }
  return { records: next, unrecorded };
};

const SHOWN_HOSTS = 3;

/** It may come and go as hosts do; who runs the cluster should hear of it once it stays. */
const FULL_SETTLE_MS = 10_000;

const fullShard = (shard: ObjectRef, { unrecorded }: Shard): readonly Notice[] => {
  if (unrecorded.length === 0) return [];
  const shown = unrecorded.slice(0, SHOWN_HOSTS).map(hostName).join(', ');
  const hosts =
    unrecorded.length > SHOWN_HOSTS
      ? `${shown} and ${unrecorded.length - SHOWN_HOSTS} more hosts`
      : `${shown}`;
  return [
    {
      object: { kind: 'ConfigMap', ...shard },
      type: 'Warning',
      reason: 'ClaimsFull',
      message: `has no room for the claims of ${hosts} (at most ${MAX_SHARD_BYTES / 1024} KiB). Claims on record stay; a host without one belongs to the namespace of the oldest Ingress that names it, without the ten minutes after its last. Look for a namespace that names hosts by the thousand, and bound its Ingresses by a ResourceQuota or by sluice.dev/allowed-hosts.`,
      settleMs: FULL_SETTLE_MS,
    },
  ];
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

/** How full the record of claims is. */
export type ClaimsSummary = {
  /** Hosts and TCP ports on record, those included whose last object has gone. */
  readonly recorded: number;
  /** Hosts that an Ingress names and that found no place. */
  readonly unrecorded: number;
  /** Bytes of the largest ConfigMap as stored, of at most MAX_SHARD_BYTES. */
  readonly fullestBytes: number;
};

export type ClaimsDecision = {
  readonly actions: readonly Action[];
  readonly notices: readonly Notice[];
  readonly summary: ClaimsSummary;
  readonly wakeMs: WakeTime;
};

const NO_CLAIMS: ClaimsDecision = {
  actions: [],
  notices: [],
  summary: { recorded: 0, unrecorded: 0, fullestBytes: 0 },
  wakeMs: Number.POSITIVE_INFINITY,
};

/** Keeps the record of who holds which host and TCP port (DESIGN 5 "Claims"), one ConfigMap a shard. */
export const decideClaims = (
  claimants: Claimants,
  { claimMaps, blindNamespaces, nowMs }: Pick<Observed, 'claimMaps' | 'blindNamespaces' | 'nowMs'>,
  { ownNamespace: namespace, hostOwnership }: Pick<ControllerOptions, 'ownNamespace' | 'hostOwnership'>,
): ClaimsDecision => {
  if (hostOwnership === 'off') return NO_CLAIMS;
  const turn: Turn = { claimants, isBlind: name => blindNamespaces.has(name), nowMs };
  const stored = new Map(
    claimMaps.map(({ object, resourceVersion }) => [
      object.metadata.name,
      { records: readClaimRecords(object), resourceVersion },
    ]),
  );
  const known = [...stored.values()].flatMap(({ records }) => [...records.keys()]);
  const actions: Action[] = [];
  const notices: Notice[] = [];
  let wakeMs = Number.POSITIVE_INFINITY;
  let recorded = 0;
  let unrecorded = 0;
  for (const [name, hosts] of grouped(new Set([...claimants.keys(), ...known]))) {
    const { records: before = new Map(), resourceVersion = null } = stored.get(name) ?? {};
    const shard = nextShard(hosts, before, turn);
    const { records } = shard;
    wakeMs = Math.min(wakeMs, endOf(records));
    recorded += records.size;
    unrecorded += shard.unrecorded.length;
    notices.push(...fullShard({ namespace, name }, shard));
    const changes = hosts.sort().flatMap(host => changeText(host, before.get(host), records.get(host)));
    if (changes.length > 0)
      actions.push({ kind: 'writeClaims', namespace, name, resourceVersion, records, changes });
  }
  const bytes = claimMaps.map(({ object }) => object.data[CLAIMS_KEY]?.length ?? 0);
  return {
    actions,
    notices,
    summary: { recorded, unrecorded, fullestBytes: Math.max(0, ...bytes) },
    wakeMs,
  };
};
