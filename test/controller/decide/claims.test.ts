import test from 'ava';
import { formatAction } from '../../../src/controller/decide/action.ts';
import { CLAIM_GRACE_MS, decideClaims } from '../../../src/controller/decide/claims.ts';
import {
  CLAIMS_KEY,
  type ClaimRecord,
  claimShard,
  MAX_SHARD_BYTES,
  printClaimRecords,
} from '../../../src/core/claim-records.ts';
import { metadata } from '../../helpers/kubernetes-objects.ts';

const NOW = Date.UTC(2026, 5, 1);
const HOST = 'a.example';
const SHARD = claimShard(HOST);

type Case = {
  /** Namespaces that name the host, the oldest first. */
  readonly named: readonly string[];
  readonly record?: ClaimRecord;
  readonly blind?: string;
  readonly expected: readonly string[];
  /** When time alone changes something, from now. */
  readonly wake?: number;
};

const record = (namespace: string, goneMs: number | null = null): ClaimRecord => ({
  namespace,
  sinceMs: NOW - 86_400_000,
  goneMs,
});

const decide = ({ named, record: known, blind }: Omit<Case, 'expected'>) =>
  decideClaims(
    new Map(named.length === 0 ? [] : [[HOST, named]]),
    {
      claimMaps:
        known === undefined
          ? []
          : [
              {
                object: {
                  kind: 'ConfigMap',
                  metadata: metadata(SHARD),
                  data: { [CLAIMS_KEY]: printClaimRecords(new Map([[HOST, known]])) },
                },
                resourceVersion: '3',
                generation: null,
              },
            ],
      blindNamespaces: new Set(blind === undefined ? [] : [blind]),
      nowMs: NOW,
    },
    { ownNamespace: 'sluice-system', hostOwnership: 'claims' },
  );

const row = test.macro({
  exec(t, one: Case) {
    const { actions, wakeMs } = decide(one);
    const prefix = `writeClaims ConfigMap sluice-system/${SHARD}: `;
    t.deepEqual(
      actions.map(formatAction),
      one.expected.map(text => prefix + text),
    );
    t.is(wakeMs, one.wake === undefined ? Number.POSITIVE_INFINITY : NOW + one.wake);
  },
  title: (title = '') => title,
});

test('the oldest gets a host that nobody has claimed', row, {
  named: ['b', 'a'],
  expected: ['+ a.example of b'],
});
test('a claim stands whatever the ages', row, { named: ['a', 'b'], record: record('b'), expected: [] });
test('the last Ingress has gone: ten minutes begin', row, {
  named: ['a'],
  record: record('b'),
  expected: ['a.example of b is named no more'],
  wake: CLAIM_GRACE_MS,
});
test('within them the claim stands', row, {
  named: ['a'],
  record: record('b', NOW - 1_000),
  expected: [],
  wake: CLAIM_GRACE_MS - 1_000,
});
test('named again within them, it goes on', row, {
  named: ['b'],
  record: record('b', NOW - 1_000),
  expected: ['a.example of b is named again'],
});
test('after them the next one gets it', row, {
  named: ['a'],
  record: record('b', NOW - CLAIM_GRACE_MS),
  expected: ['a.example from b to a'],
});
test('or nobody does', row, {
  named: [],
  record: record('b', NOW - CLAIM_GRACE_MS),
  expected: ['- a.example of b'],
});
test('a time ahead of ours counts from now', row, {
  named: ['a'],
  record: record('b', NOW + 86_400_000),
  expected: ['a.example of b is named no more'],
  wake: CLAIM_GRACE_MS,
});
test('where an Ingress cannot be read nothing ends', row, {
  named: ['a'],
  record: record('b'),
  blind: 'b',
  expected: [],
});

test('with --host-ownership off nothing is recorded', t => {
  const { actions } = decideClaims(
    new Map([[HOST, ['a']]]),
    { claimMaps: [], blindNamespaces: new Set(), nowMs: NOW },
    { ownNamespace: 'sluice-system', hostOwnership: 'off' },
  );
  t.deepEqual(actions, []);
});

const fullShardHosts = (): readonly string[] =>
  Array.from(
    { length: 100_000 },
    (_, index) => `host-${index}.${'x'.repeat(50)}.${'y'.repeat(50)}.example`,
  ).filter(host => claimShard(host) === SHARD);

test('no ConfigMap grows beyond its limit; what does not fit is said, goes by age, and pushes nobody out', t => {
  const hosts = fullShardHosts();
  const options = { ownNamespace: 'sluice-system', hostOwnership: 'claims' } as const;
  const first = decideClaims(
    new Map(hosts.map(host => [host, ['a']])),
    { claimMaps: [], blindNamespaces: new Set(), nowMs: NOW },
    options,
  );
  const [action] = first.actions;
  const records = action?.kind === 'writeClaims' ? action.records : new Map<string, ClaimRecord>();
  const text = printClaimRecords(records);
  t.true(text.length <= MAX_SHARD_BYTES && text.length > 0.95 * MAX_SHARD_BYTES, String(text.length));
  t.like(first.summary, { recorded: records.size, unrecorded: hosts.length - records.size });
  t.true(first.summary.unrecorded > 3);
  const [notice] = first.notices;
  t.like(notice, {
    object: { kind: 'ConfigMap', namespace: 'sluice-system', name: SHARD },
    type: 'Warning',
    reason: 'ClaimsFull',
  });
  const left = hosts.filter(host => !records.has(host)).sort();
  t.true(notice?.message.includes(`${left.slice(0, 3).join(', ')} and ${left.length - 3} more hosts`));
  const [newcomer = ''] = left;
  const stored = {
    object: {
      kind: 'ConfigMap' as const,
      metadata: metadata(SHARD),
      data: { [CLAIMS_KEY]: text },
    },
    resourceVersion: '1',
    generation: null,
  };
  const second = decideClaims(
    new Map([[newcomer, ['b']], ...[...records.keys()].map((host): [string, string[]] => [host, ['a']])]),
    { claimMaps: [stored], blindNamespaces: new Set(), nowMs: NOW },
    options,
  );
  t.is(second.actions.length, 0);
  t.like(second.summary, { unrecorded: 1, fullestBytes: text.length });
  t.true(second.notices[0]?.message.includes(`the claims of ${newcomer} (`));
});
