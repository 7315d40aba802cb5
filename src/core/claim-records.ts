import { createHash } from 'node:crypto';
import { isRecord } from './canonical-json.ts';
import { claimedPort } from './claimed-name.ts';
import { canonicalHost } from './host.ts';
import type { ConfigMap } from './objects/config-map.ts';

/** On every ConfigMap of claims, so that people and reflectors find them: `sluice.dev/claims=hosts`. */
export const CLAIMS_LABEL = 'sluice.dev/claims';
export const CLAIMS_LABEL_VALUE = 'hosts';

/** The one member of `data`: canonical JSON, one host or port a line. */
export const CLAIMS_KEY = 'claims.json';

/** Fixed for ever: a host's place must not depend on how many hosts there are. TCP ports are claimed beside them (`portClaim`). */
export const CLAIM_SHARDS = 32;

/** An API server takes 1 MiB a ConfigMap (core/v1); a shard stays far below, since each write sends all of it. */
export const MAX_SHARD_BYTES = 500 * 1024;

/** A host, alias or TCP port held by one namespace (DESIGN 5 "Claims"). */
export type ClaimRecord = {
  readonly namespace: string;
  /** When the host was first seen stored; milliseconds since the epoch. */
  readonly sinceMs: number;
  /** When the last Ingress of the namespace that names it was seen to be gone; null: one is there. */
  readonly goneMs: number | null;
};

export type ClaimRecords = ReadonlyMap<string, ClaimRecord>;

const shardName = (index: number): string => `sluice-claims-${String(index).padStart(2, '0')}`;

/** Name of the ConfigMap that holds a host; the empty host stands for requests for all hosts. */
export const claimShard = (host: string): string =>
  shardName(createHash('sha256').update(host, 'utf8').digest().readUInt32BE(0) % CLAIM_SHARDS);

/** RFC 3339 in UTC with whole seconds or milliseconds, as `Date.toISOString` writes it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

const timeMs = (value: unknown): number | null => {
  if (typeof value !== 'string' || !TIME.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
};

const timeText = (ms: number): string => new Date(ms).toISOString();

const readRecord = (value: unknown): ClaimRecord | null => {
  if (!isRecord(value) || typeof value.namespace !== 'string' || value.namespace === '') return null;
  const sinceMs = timeMs(value.since);
  const goneMs = value.gone === undefined ? null : timeMs(value.gone);
  if (sinceMs === null || (value.gone !== undefined && goneMs === null)) return null;
  return { namespace: value.namespace, sinceMs, goneMs };
};

const membersOf = (text: string | undefined): Readonly<Record<string, unknown>> => {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
};

/**
 * The claims of one ConfigMap. What is not in our form, and a host in a ConfigMap that is not its own, counts as
 * not there: a record decides who gets traffic, so there is one place for each host and no second opinion.
 */
export const readClaimRecords = ({ metadata, data }: Pick<ConfigMap, 'metadata' | 'data'>): ClaimRecords => {
  const records = new Map<string, ClaimRecord>();
  for (const [host, value] of Object.entries(membersOf(data[CLAIMS_KEY]))) {
    const record = readRecord(value);
    const isClaimed = host === '' || canonicalHost(host) === host || claimedPort(host) !== undefined;
    if (record !== null && isClaimed && claimShard(host) === metadata.name) records.set(host, record);
  }
  return records;
};

const recordText = ({ namespace, sinceMs, goneMs }: ClaimRecord): string =>
  JSON.stringify({
    ...(goneMs === null ? {} : { gone: timeText(goneMs) }),
    namespace,
    since: timeText(sinceMs),
  });

/** `data["claims.json"]` for these records: sorted, a line each, so that a diff shows hosts. */
export const printClaimRecords = (records: ClaimRecords): string => {
  const lines = [...records]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, record]) => `${JSON.stringify(host)}:${recordText(record)}`);
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
};

/** Who holds which host, from all ConfigMaps of claims: what admission and router go by. */
export const recordedClaims = (
  configMaps: Iterable<Pick<ConfigMap, 'metadata' | 'data'>>,
): ReadonlyMap<string, string> => {
  const holders = new Map<string, string>();
  for (const configMap of configMaps) {
    for (const [host, { namespace }] of readClaimRecords(configMap)) holders.set(host, namespace);
  }
  return holders;
};
