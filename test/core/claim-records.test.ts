import test from 'ava';
import fc from 'fast-check';
import {
  CLAIM_SHARDS,
  CLAIMS_KEY,
  type ClaimRecord,
  claimShard,
  printClaimRecords,
  readClaimRecords,
  recordedClaims,
} from '../../src/core/claim-records.ts';
import { portClaim } from '../../src/core/claimed-name.ts';
import { metadata } from '../helpers/kubernetes-objects.ts';

const SINCE = Date.UTC(2026, 0, 31, 12);

const configMap = (name: string, text: string) => ({
  metadata: metadata(name),
  data: { [CLAIMS_KEY]: text },
});

test('records are printed a host a line, sorted, with times in UTC', t => {
  const records = new Map<string, ClaimRecord>([
    ['b.example', { namespace: 'team-b', sinceMs: SINCE, goneMs: SINCE + 60_000 }],
    ['a.example', { namespace: 'team-a', sinceMs: SINCE, goneMs: null }],
  ]);
  t.is(
    printClaimRecords(records),
    [
      '{',
      '"a.example":{"namespace":"team-a","since":"2026-01-31T12:00:00.000Z"},',
      '"b.example":{"gone":"2026-01-31T12:01:00.000Z","namespace":"team-b","since":"2026-01-31T12:00:00.000Z"}',
      '}',
      '',
    ].join('\n'),
  );
  t.is(printClaimRecords(new Map()), '{}\n');
});

test('what is printed is read again, each host in its own ConfigMap', t => {
  const record = fc.record({
    namespace: fc.stringMatching(/^[a-z]{1,20}$/),
    sinceMs: fc.integer({ min: 0, max: 4e12 }),
    goneMs: fc.option(fc.integer({ min: 0, max: 4e12 })),
  });
  const host = fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^(?:\*\.)?[a-z]{1,10}\.example$/),
    fc.integer({ min: 1, max: 65_535 }).map(portClaim),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(host, record)), pairs => {
      const records = new Map(pairs);
      for (const [name, { namespace, ...times }] of records) {
        const one = configMap(
          claimShard(name),
          printClaimRecords(new Map([[name, { namespace, ...times }]])),
        );
        t.deepEqual([...readClaimRecords(one)], [[name, { namespace, ...times }]]);
        t.deepEqual([...recordedClaims([one])], [[name, namespace]]);
      }
    }),
  );
});

const ignored = test.macro({
  exec(t, text: string) {
    t.deepEqual([...readClaimRecords(configMap(claimShard('a.example'), text))], []);
  },
  title: (_, text) => `${text} claims nothing`,
});

test(ignored, 'no JSON');
test(ignored, '[]');
test(ignored, '{"a.example":"team-a"}');
test(ignored, '{"a.example":{"namespace":"","since":"2026-01-31T12:00:00Z"}}');
test(ignored, '{"a.example":{"namespace":"team-a"}}');
test(ignored, '{"a.example":{"namespace":"team-a","since":"yesterday"}}');
test(ignored, '{"a.example":{"namespace":"team-a","since":"2026-01-31T12:00:00Z","gone":"soon"}}');
test(ignored, '{"A.example":{"namespace":"team-a","since":"2026-01-31T12:00:00Z"}}');

test('a host in the ConfigMap of another one is not believed', t => {
  const record = { namespace: 'team-a', sinceMs: SINCE, goneMs: null };
  const elsewhere = claimShard('a.example') === 'sluice-claims-00' ? 'sluice-claims-01' : 'sluice-claims-00';
  t.is(readClaimRecords(configMap(elsewhere, printClaimRecords(new Map([['a.example', record]])))).size, 0);
});

test('a host keeps its place, and hosts are spread over all', t => {
  t.is(claimShard('taobao.com'), claimShard('taobao.com'));
  const shards = new Set(Array.from({ length: 2_000 }, (_, index) => claimShard(`host-${index}.example`)));
  t.is(shards.size, CLAIM_SHARDS);
});
