import test from 'ava';
import fc from 'fast-check';
import { HostOwnership, type OwnershipOptions } from '../../src/core/host-ownership.ts';
import { type IngressReading, readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import type { Namespace } from '../../src/core/objects/namespace.ts';
import { namespace } from '../helpers/kubernetes-objects.ts';
import { path, rule, storedIngress, WORLD_OPTIONS, type WrittenIngress } from '../helpers/stored-world.ts';

const readingOf = (name: string, host: string, written: WrittenIngress = {}): IngressReading => {
  const ingress = storedIngress(name, { rules: [rule(host, path('/', 'www'))], ...written });
  const reading = readIngress(ingress, {
    scope: scopeOf(WORLD_OPTIONS, []),
    annotation: WORLD_OPTIONS.annotation,
  });
  if (reading === null) throw new Error('every class is ours');
  return reading;
};

type Case = {
  readonly readings: readonly IngressReading[];
  readonly namespaces?: readonly Namespace[];
  readonly options?: Partial<OwnershipOptions>;
  /** On record: domain -> namespace. */
  readonly recorded?: Readonly<Record<string, string>>;
};

const ownershipOf = ({
  namespaces = [],
  options = {},
  recorded = {},
}: Omit<Case, 'readings'>): HostOwnership => {
  const ownership = new HostOwnership({ hostOwnership: 'claims', catchAllNamespaces: 'any', ...options });
  for (const one of namespaces) ownership.setNamespace(one.metadata.name, one);
  for (const [domain, holder] of Object.entries(recorded)) ownership.record(domain, holder);
  return ownership;
};

/** Everybody who names a domain, oldest or not. */
const namersOf = (readings: readonly IngressReading[]) =>
  Map.groupBy(
    readings.flatMap(reading =>
      [...new Set(reading.rules.flatMap(({ domains }) => domains))].map(domain => ({ domain, reading })),
    ),
    ({ domain }) => domain,
  );

/** `namespace/name domain` of all that is served, and `reason namespace/name` of the reports. */
const summary = ({ readings, ...rest }: Case) => {
  const ownership = ownershipOf(rest);
  const settled = [...namersOf(readings)].map(([domain, namers]) => ownership.settle(domain, namers));
  const nameOf = ({ ingress }: IngressReading): string =>
    `${ingress.metadata.namespace}/${ingress.metadata.name}`;
  return {
    served: settled.flatMap(({ served }) =>
      served.map(({ reading, domain }) => `${nameOf(reading)} ${domain}`.trimEnd()),
    ),
    reports: settled.flatMap(({ reports }) =>
      reports.map(({ reason, object }) => `${reason} ${object.namespace}/${object.name}`),
    ),
  };
};

const ownership = test.macro({
  exec(t, input: Case, expected: ReturnType<typeof summary>) {
    t.deepEqual(summary(input), expected);
  },
  title: (title = '') => title,
});

const old = readingOf('old', 'taobao.com', { namespace: 'b', createdMs: 1 });
const young = readingOf('young', 'taobao.com', { namespace: 'a', createdMs: 2 });

test(
  'of two namespaces the one with the oldest Ingress serves a host, the other is told',
  ownership,
  { readings: [old, young] },
  { served: ['b/old taobao.com'], reports: ['HostTaken a/young'] },
);

test(
  'a recorded claim beats age',
  ownership,
  { readings: [old, young], recorded: { 'taobao.com': 'a' } },
  { served: ['a/young taobao.com'], reports: ['HostTaken b/old'] },
);

test(
  'a claim that is recorded for a namespace without an Ingress keeps others out',
  ownership,
  { readings: [old], recorded: { 'taobao.com': 'c' } },
  { served: [], reports: ['HostTaken b/old'] },
);

test(
  'without creation times the order of the files decides',
  ownership,
  {
    readings: [
      readingOf('second', 'taobao.com', { namespace: 'a', fileOrder: 2 }),
      readingOf('first', 'taobao.com', { namespace: 'b', fileOrder: 1 }),
    ],
  },
  { served: ['b/first taobao.com'], reports: ['HostTaken a/second'] },
);

test(
  'Ingresses of one namespace share a host',
  ownership,
  { readings: [old, readingOf('other', 'taobao.com', { namespace: 'b', createdMs: 3 })] },
  { served: ['b/old taobao.com', 'b/other taobao.com'], reports: [] },
);

test(
  'an alias is claimed like a host, also against somebody’s own host',
  ownership,
  {
    readings: [
      readingOf('aliased', 'jd.com', {
        namespace: 'b',
        createdMs: 1,
        config: { hosts: { 'jd.com': ['jd.com', 'taobao.com'] } },
      }),
      young,
    ],
  },
  { served: ['b/aliased jd.com', 'b/aliased taobao.com'], reports: ['HostTaken a/young'] },
);

test(
  'only the host that is lost is lost',
  ownership,
  {
    readings: [
      old,
      readingOf('both', 'jd.com', {
        namespace: 'a',
        createdMs: 2,
        config: { hosts: { 'jd.com': ['jd.com', 'taobao.com'] } },
      }),
    ],
  },
  { served: ['b/old taobao.com', 'a/both jd.com'], reports: ['HostTaken a/both'] },
);

test(
  'a wildcard and a name below it are two hosts',
  ownership,
  { readings: [old, readingOf('wild', '*.taobao.com', { namespace: 'a' })] },
  { served: ['b/old taobao.com', 'a/wild *.taobao.com'], reports: [] },
);

test(
  'where nobody asks whose a host is, all namespaces serve it',
  ownership,
  { readings: [old, young], options: { hostOwnership: 'off' } },
  { served: ['b/old taobao.com', 'a/young taobao.com'], reports: [] },
);

test(
  'what a namespace may not use it does not claim either',
  ownership,
  {
    readings: [old, young],
    namespaces: [namespace('b', { 'sluice.dev/allowed-hosts': 'jd.com, *.jd.com' })],
  },
  { served: ['a/young taobao.com'], reports: ['HostNotAllowed b/old'] },
);

test(
  'allowed hosts hold for ownership switched off too',
  ownership,
  {
    readings: [old],
    namespaces: [namespace('b', { 'sluice.dev/allowed-hosts': 'jd.com' })],
    options: { hostOwnership: 'off' },
  },
  { served: [], reports: ['HostNotAllowed b/old'] },
);

test(
  'rules for all hosts are for the catch-all namespaces',
  ownership,
  {
    readings: [
      readingOf('all', '', { namespace: 'a', createdMs: 1 }),
      readingOf('all', '', { namespace: 'edge' }),
    ],
    options: { catchAllNamespaces: ['edge'] },
  },
  { served: ['edge/all'], reports: ['HostNotAllowed a/all'] },
);

test('a report says who holds the host and what does not happen', t => {
  const ownership = ownershipOf({ options: { catchAllNamespaces: [] } });
  const namers = [{ reading: old }, { reading: young }];
  t.is(
    ownership.settle('taobao.com', namers).reports[0]?.message,
    '"taobao.com" belongs to namespace b; the rules of a/young for it are not served.',
  );
  t.is(ownership.holderOf('taobao.com', namers), 'b');
  t.is(ownership.holderOf('jd.com', []), undefined);
  const all = ownership.settle('', [{ reading: readingOf('all', '') }]);
  t.regex(all.reports[0]?.message ?? '', /namespace shop may not serve requests for all hosts/);
});

test('of Ingresses of one age the namespace decides, then the name', t => {
  const [a, b] = ['a', 'b'].map(namespace => ({
    reading: readingOf('web', 'taobao.com', { namespace, createdMs: 1 }),
  }));
  const ownership = ownershipOf({});
  t.is(
    ownership.holderOf(
      'taobao.com',
      [b, a].filter(one => one !== undefined),
    ),
    'a',
  );
});

test('a claim holds for as long as it is on record, whoever asks', t => {
  const ownership = ownershipOf({ recorded: { 'taobao.com': 'z' } });
  t.is(ownership.holderOf('taobao.com', []), 'z');
  ownership.record('taobao.com', null);
  t.is(ownership.holderOf('taobao.com', []), undefined);
  t.is(ownership.holderOf('taobao.com', [{ reading: old }]), 'b');
});

test('a namespace that is no longer restricted may use any host', t => {
  const ownership = ownershipOf({ namespaces: [namespace('b', { 'sluice.dev/allowed-hosts': 'jd.com' })] });
  t.is(ownership.holderOf('taobao.com', [{ reading: old }]), undefined);
  ownership.setNamespace('b', undefined);
  t.is(ownership.holderOf('taobao.com', [{ reading: old }]), 'b');
});

test('a host named like a property of every object is a host like any other', t => {
  t.is(ownershipOf({}).holderOf('constructor', []), undefined);
  t.is(ownershipOf({ recorded: { valueOf: 'a' } }).holderOf('valueOf', []), 'a');
});

test('who holds a host does not hang on the order in which the Ingresses come', t => {
  const readings = fc
    .uniqueArray(
      fc.record({
        namespace: fc.constantFrom('a', 'b', 'c'),
        name: fc.constantFrom('x', 'y', 'z'),
        createdMs: fc.option(fc.integer({ min: 1, max: 3 })),
        fileOrder: fc.integer({ min: 0, max: 2 }),
      }),
      { selector: ({ namespace, name }) => `${namespace}/${name}`, maxLength: 9 },
    )
    .map(list => list.map(({ name, ...written }) => ({ reading: readingOf(name, 'taobao.com', written) })));
  const shuffled = readings.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const ownership = ownershipOf({});
  t.notThrows(() =>
    fc.assert(
      fc.property(
        shuffled,
        ([list, other]) => ownership.holderOf('taobao.com', list) === ownership.holderOf('taobao.com', other),
      ),
      { numRuns: 300 },
    ),
  );
});
