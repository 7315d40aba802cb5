import test from 'ava';
import type { WatchFacts } from '../../src/admin/watch-families.ts';
import { secretFacts, staleness, watchFacts } from '../../src/cli/watch-facts.ts';
import { ROUTER_KINDS, type RouterKinds } from '../../src/kube/cluster-source.ts';
import { createStores } from '../../src/kube/store/create-stores.ts';
import { readIncoming } from '../../src/kube/watching/incoming.ts';
import { ReflectorRecord } from '../../src/kube/watching/reflector-record.ts';
import { writtenIngress } from '../helpers/controller/written-objects.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';

const CALM: WatchFacts = {
  kind: 'Ingress',
  isSynced: true,
  isWatching: true,
  silentSeconds: 61,
  failuresInRow: 0,
  objects: 1,
  unreadable: 0,
  lists: 1,
  watches: 1,
  listFailures: {},
  watchEnds: {},
  events: {},
  drops: {},
};

const row = test.macro({
  exec(t, kinds: readonly Partial<WatchFacts>[], expected: string | null) {
    t.is(staleness(kinds.map(kind => ({ ...CALM, ...kind }))), expected);
  },
  title: (title = '') => title,
});

const TELLS_NOT = 'the API server does not tell of';

test('a minute of silence is what a quiet kind is like', row, [{}, { kind: 'Service' }], null);
test('two minutes are not', row, [{ silentSeconds: 121 }], `${TELLS_NOT} Ingress (121 s)`);
test(
  'a failure is, however short the silence',
  row,
  [
    { isWatching: false, failuresInRow: 1, silentSeconds: 0.5 },
    {},
    { kind: 'Service', isWatching: false, failuresInRow: 2 },
  ],
  `${TELLS_NOT} Ingress (0 s), Service (61 s)`,
);
test('failures of the past are not, once a watch is open', row, [{ failuresInRow: 3 }], null);
test('nor is a watch that has ended in its time', row, [{ isWatching: false }], null);
test(
  'so is a kind that nobody has told of yet',
  row,
  [{ isSynced: false, silentSeconds: null }],
  `${TELLS_NOT} Ingress (never read)`,
);

test('Secrets are one kind together, of whose silence nothing is said', t => {
  const [one, other] = [new ReflectorRecord('Secret', () => 0), new ReflectorRecord('Secret', () => 0)];
  one.listed();
  one.opened();
  other.listFailed('forbidden', 'no');
  other.failures = 4;
  const secrets = {
    statuses: [one.status, other.status],
    settled: true,
    counts: { size: 1, unreadable: 0 },
  };
  t.like(secretFacts(secrets)[0], {
    kind: 'Secret',
    isSynced: true,
    isWatching: false,
    silentSeconds: null,
    failuresInRow: 4,
    objects: 1,
    lists: 1,
    watches: 1,
    listFailures: { forbidden: 1 },
  });
  t.deepEqual(secretFacts({ ...secrets, statuses: [] }), []);
});

test('facts are of the stores and of what reflectors have counted, kind by kind', t => {
  const clock = new ManualClock();
  const { set, collections } = createStores<RouterKinds>(ROUTER_KINDS, { clock });
  const statuses = Object.values(ROUTER_KINDS).map(
    ({ name }) => new ReflectorRecord(name, () => 1_000).status,
  );
  const record = new ReflectorRecord('Ingress', () => 1_000);
  record.listed();
  record.drops.count('repeated');
  record.failures = 2;
  const incoming = readIncoming(ROUTER_KINDS.ingresses, 'networking.k8s.io/v1', {
    ...writtenIngress('web'),
    metadata: { ...writtenIngress('web').metadata, resourceVersion: '7' },
  });
  collections.ingresses.replaceAll(incoming === null ? [] : [incoming]);
  const facts = watchFacts({ statuses: [record.status, ...statuses.slice(1)], stores: set.stores }, 3_500);
  t.deepEqual(
    facts.map(({ kind }) => kind),
    ['Ingress', 'IngressClass', 'Service', 'EndpointSlice', 'Namespace', 'ConfigMap'],
  );
  t.like(facts[0], {
    isSynced: true,
    silentSeconds: 2.5,
    failuresInRow: 2,
    objects: 1,
    lists: 1,
    drops: { repeated: 1 },
  });
  t.like(facts[1], { isSynced: false, silentSeconds: null, objects: 0 });
});
