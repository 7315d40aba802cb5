import test from 'ava';
import { hostOwnership, type OwnershipOptions } from '../../src/core/host-ownership.ts';
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
};

/** `namespace/name domain` of all that is served, and `reason namespace/name` of the reports. */
const summary = ({ readings, namespaces = [], options = {} }: Case) => {
  const ownership = hostOwnership(readings, namespaces, {
    hostOwnership: 'claims',
    catchAllNamespaces: 'any',
    ...options,
  });
  const nameOf = ({ ingress }: IngressReading): string =>
    `${ingress.metadata.namespace}/${ingress.metadata.name}`;
  return {
    served: readings.flatMap(reading =>
      reading.rules
        .flatMap(({ domains }) => domains)
        .filter(domain => ownership.serves(reading, domain))
        .map(domain => `${nameOf(reading)} ${domain}`.trimEnd()),
    ),
    reports: ownership.reports.map(({ reason, object }) => `${reason} ${object.namespace}/${object.name}`),
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
  { readings: [old, young], options: { recordedClaims: new Map([['taobao.com', 'a']]) } },
  { served: ['a/young taobao.com'], reports: ['HostTaken b/old'] },
);

test(
  'a claim that is recorded for a namespace without an Ingress keeps others out',
  ownership,
  { readings: [old], options: { recordedClaims: new Map([['taobao.com', 'c']]) } },
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
  const { reports, holderOf } = hostOwnership([old, young], [], {
    hostOwnership: 'claims',
    catchAllNamespaces: [],
  });
  t.is(
    reports[0]?.message,
    '"taobao.com" belongs to namespace b; the rules of a/young for it are not served.',
  );
  t.is(holderOf('taobao.com'), 'b');
  t.is(holderOf('jd.com'), undefined);
  const all = hostOwnership([readingOf('all', '')], [], { hostOwnership: 'claims', catchAllNamespaces: [] });
  t.regex(all.reports[0]?.message ?? '', /namespace shop may not serve requests for all hosts/);
});
