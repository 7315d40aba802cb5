import test from 'ava';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { hostKey } from '../../src/core/host-key.ts';
import type { ManifestError, ManifestSet } from '../../src/standalone/manifest-files.ts';
import { formatManifestError, parseManifests } from '../../src/standalone/manifest-files.ts';
import { ManifestStore, type StoredObject } from '../../src/standalone/manifest-store.ts';
import {
  ingressManifest,
  manifestText,
  serviceManifest,
  type WrittenManifest,
} from '../helpers/manifest-text.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

/** Files by name, each a list of manifests, in this order. */
type Files = Readonly<Record<string, readonly WrittenManifest[]>>;

const setOf = (files: Files): ManifestSet => ({
  files: new Map(
    Object.entries(files).map(([name, manifests]) => [
      name,
      parseManifests(name, manifestText(...manifests)),
    ]),
  ),
});

type Outcome = {
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestError[];
  /** As of then. */
  readonly stored: {
    readonly byName: ReadonlyMap<string, StoredObject>;
    readonly claims: ReadonlyMap<string, string>;
  };
  readonly store: ManifestStore;
};

const stored = (files: Files, before?: Outcome): Outcome => {
  const store = before?.store ?? new ManifestStore(STANDALONE_OPTIONS);
  const { errors, warnings } = store.update(setOf(files), NOW_MS);
  return {
    errors,
    warnings,
    stored: { byName: new Map(store.stored), claims: new Map(store.claims) },
    store,
  };
};

const errorsOf = ({ errors }: Outcome): readonly string[] => errors.map(formatManifestError);

const hostsOf = ({ stored: { byName } }: Outcome, name: string): readonly string[] => {
  const object = byName.get(name)?.object;
  return object?.kind === 'Ingress' ? object.rules.map(({ host }) => host) : [];
};

const web = (host: string, parts: { namespace?: string; name?: string } = {}): WrittenManifest =>
  ingressManifest(
    parts.name ?? 'web',
    { [host]: [{ path: '/', service: 'web' }] },
    { namespace: parts.namespace ?? 'default' },
  );

test('Ingresses are stored as admission leaves them, and the rest as it is written', t => {
  const service = serviceManifest('web');
  const outcome = stored({ 'a.yaml': [web('a.com'), service] });
  t.deepEqual(errorsOf(outcome), []);
  t.deepEqual(hostsOf(outcome, 'Ingress default/web'), [hostKey('a.com')]);
  t.true((outcome.stored.byName.get('Ingress default/web')?.patch.length ?? 0) > 0);
  t.like(outcome.stored.byName.get('Service default/web'), { raw: service, patch: [] });
  t.deepEqual([...outcome.stored.claims], [['a.com', 'default']]);
});

const tcp = (
  name: string,
  ports: string,
  { namespace = 'default', annotations = {} }: { namespace?: string; annotations?: object } = {},
): WrittenManifest => {
  const written = serviceManifest(name);
  return {
    ...written,
    metadata: { name, namespace, annotations: { 'sluice.dev/tcp': ports, ...annotations } },
  };
};

test('a Service on TCP ports goes through admission, and holds its ports', t => {
  const before = stored({ 'a.yaml': [tcp('db', '33306:80')] });
  t.deepEqual(errorsOf(before), []);
  t.deepEqual([...before.stored.claims], [[':33306', 'default']]);
  const bad = { annotations: { 'sluice.dev/tickets': '{"header": {"foo": "bar"}}' } };
  const after = stored({ 'a.yaml': [tcp('db', '33306:80, 33307:80', bad)] }, before);
  t.regex(
    errorsOf(after)[0] ?? '',
    /^a\.yaml:\d+: document 1: Service default\/db: TicketInvalid metadata\.annotations\[sluice\.dev\/tickets\]\.header/,
  );
  t.deepEqual([...after.stored.claims], [[':33306', 'default']]);
});

test('a port that is taken is refused, until it is free', t => {
  const shop = tcp('db', '33306:80', { namespace: 'shop' });
  const before = stored({ 'a.yaml': [tcp('db', '33306:80')], 'b.yaml': [shop] });
  t.is(before.errors.length, 1);
  t.regex(errorsOf(before)[0] ?? '', /Service shop\/db: PortTaken .*belongs to namespace "default"/);
  const after = stored({ 'a.yaml': [serviceManifest('db')], 'b.yaml': [shop] }, before);
  t.deepEqual(errorsOf(after), []);
  t.deepEqual([...after.stored.claims], [[':33306', 'shop']]);
});

test('a port moves from one Service to another in one save', t => {
  const before = stored({ 'a.yaml': [tcp('b', '33306:80'), tcp('a', '33307:80')] });
  const after = stored({ 'a.yaml': [tcp('a', '33306:80'), tcp('b', '33307:80')] }, before);
  // Each waits for the other, as two writes to an API server would.
  t.is(after.errors.length, 2);
  const freed = stored({ 'a.yaml': [tcp('a', '33306:80'), tcp('b', '33308:80')] }, after);
  t.deepEqual(errorsOf(freed), []);
  t.deepEqual([...freed.stored.claims].sort(), [
    [':33306', 'default'],
    [':33308', 'default'],
  ]);
});

test('an Ingress is reviewed after the Services of its files', t => {
  const outcome = stored({ 'a.yaml': [web('a.com'), serviceManifest('other'), tcp('web', '33306:80')] });
  t.deepEqual(outcome.warnings.map(formatManifestError), []);
});

test('storing the same files again changes nothing', t => {
  const files = { 'a.yaml': [web('a.com'), serviceManifest('web')] };
  const once = stored(files);
  const twice = stored(files, once);
  t.deepEqual(
    [...twice.stored.byName].map(([name, { raw }]) => [name, raw]),
    [...once.stored.byName].map(([name, { raw }]) => [name, raw]),
  );
  t.deepEqual(twice.stored.claims, once.stored.claims);
});

test('what no file holds any more is gone, and its hosts are free', t => {
  const before = stored({ 'a.yaml': [web('a.com')], 'b.yaml': [web('b.com', { name: 'b' })] });
  const after = stored({ 'b.yaml': [web('b.com', { name: 'b' })] }, before);
  t.deepEqual([...after.stored.byName.keys()], ['Ingress default/b']);
  t.deepEqual([...after.stored.claims], [['b.com', 'default']]);
});

test('an Ingress that is denied is reported where its fault stands, and stays as it was', t => {
  const before = stored({ 'a.yaml': [web('a.com')] });
  const after = stored({ 'a.yaml': [web('bad_host')] }, before);
  t.is(after.errors.length, 1);
  t.regex(
    errorsOf(after)[0] ?? '',
    /^a\.yaml:12: document 1: Ingress default\/web: HostInvalid spec\.rules\[0\]\.host/,
  );
  t.deepEqual(hostsOf(after, 'Ingress default/web'), [hostKey('a.com')]);
  t.deepEqual([...after.stored.claims], [['a.com', 'default']]);
});

test('an object that cannot be read stays as it was, of whatever kind', t => {
  const service = serviceManifest('web');
  const before = stored({ 'a.yaml': [service, web('a.com')] });
  const after = stored({ 'a.yaml': [{ ...service, spec: { ports: 'none' } }, web('b.com')] }, before);
  t.regex(errorsOf(after)[0] ?? '', /^a\.yaml:\d+: document 1: Service default\/web: .*spec\.ports/);
  t.like(after.stored.byName.get('Service default/web'), { raw: service });
  t.deepEqual(hostsOf(after, 'Ingress default/web'), [hostKey('b.com')]);
});

test('one object in two places is neither, names both, and leaves in force what was', t => {
  const before = stored({ 'a.yaml': [web('a.com')] });
  const after = stored({ 'a.yaml': [web('b.com')], 'b.yaml': [web('c.com')] }, before);
  t.deepEqual(errorsOf(after), [
    'b.yaml:1: document 1: Ingress default/web stands already at a.yaml:1 (document 1): keep one of them',
  ]);
  t.deepEqual(hostsOf(after, 'Ingress default/web'), [hostKey('a.com')]);
});

test('a host belongs to who had it, wherever its file stands', t => {
  const mine = web('a.com', { namespace: 'mine' });
  const before = stored({ 'z.yaml': [mine] });
  const after = stored({ 'a.yaml': [web('a.com', { namespace: 'theirs' })], 'z.yaml': [mine] }, before);
  t.is(after.errors.length, 1);
  t.regex(
    errorsOf(after)[0] ?? '',
    /^a\.yaml:\d+: .*Ingress theirs\/web: HostTaken .*belongs to namespace "mine"/,
  );
  t.deepEqual([...after.stored.claims], [['a.com', 'mine']]);
  t.deepEqual([...after.stored.byName.keys()], ['Ingress mine/web']);
});

test('among files that are read for the first time, a host belongs to the first', t => {
  const outcome = stored({
    'a.yaml': [web('a.com', { namespace: 'theirs' })],
    'z.yaml': [web('a.com', { namespace: 'mine' })],
  });
  t.regex(errorsOf(outcome)[0] ?? '', /^z\.yaml:\d+: .*belongs to namespace "theirs"/);
});

test('a chain of hosts that move between namespaces in one save settles', t => {
  const before = stored({
    'a.yaml': [web('x.com', { namespace: 'a' })],
    'b.yaml': [web('y.com', { namespace: 'b' })],
    'c.yaml': [web('z.com', { namespace: 'c' })],
  });
  const after = stored(
    {
      'a.yaml': [web('y.com', { namespace: 'a' })],
      'b.yaml': [web('z.com', { namespace: 'b' })],
      'c.yaml': [web('new.com', { namespace: 'c' })],
    },
    before,
  );
  t.deepEqual(errorsOf(after), []);
  t.deepEqual(Object.fromEntries(after.stored.claims), { 'y.com': 'a', 'z.com': 'b', 'new.com': 'c' });
});

test('hosts that two namespaces swap in one save stay where they are, and both are told', t => {
  const files = (first: string, second: string): Files => ({
    'a.yaml': [web(first, { namespace: 'a' })],
    'b.yaml': [web(second, { namespace: 'b' })],
  });
  const before = stored(files('x.com', 'y.com'));
  const after = stored(files('y.com', 'x.com'), before);
  t.is(after.errors.length, 2);
  t.deepEqual(Object.fromEntries(after.stored.claims), { 'x.com': 'a', 'y.com': 'b' });
});

test('a kind that is not read is left aside with a warning', t => {
  const outcome = stored({
    'a.yaml': [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }, web('a.com')],
  });
  t.deepEqual(errorsOf(outcome), []);
  t.regex(
    outcome.warnings.map(formatManifestError).join('\n'),
    /^a\.yaml:1: document 1: Deployment default\/web is left aside: standalone reads Ingress, Service, /,
  );
});

test('Services are asked for only where there are some', t => {
  t.deepEqual(stored({ 'a.yaml': [web('a.com')] }).warnings, []);
  const { warnings } = stored({ 'a.yaml': [web('a.com'), serviceManifest('other')] });
  t.regex(warnings.map(formatManifestError).join('\n'), /"web"/);
});

test('hosts that a Namespace does not allow are denied', t => {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', annotations: { 'sluice.dev/allowed-hosts': '*.example.com' } },
  };
  const outcome = stored({ 'a.yaml': [web('a.com')], 'z.yaml': [namespace] });
  t.regex(errorsOf(outcome)[0] ?? '', /HostNotAllowed/);
  t.deepEqual(errorsOf(stored({ 'a.yaml': [web('a.example.com')], 'z.yaml': [namespace] })), []);
});

test('a change is told of the objects that it touches, however many others there are', t => {
  const others = Array.from({ length: 50 }, (_, nth) => web(`${nth}.com`, { name: `web-${nth}` }));
  const before = stored({ 'a.yaml': others, 'b.yaml': [web('b.com', { name: 'b' })] });
  t.is(before.store.takeChanges().set.length, 51);
  const after = stored({ 'a.yaml': others, 'b.yaml': [web('c.com', { name: 'b' })] }, before);
  const { set, removed, claims } = after.store.takeChanges();
  t.deepEqual(
    set.map(({ metadata }) => metadata.name),
    ['b'],
  );
  t.deepEqual(removed, []);
  t.deepEqual([...claims].sort(), [
    ['b.com', null],
    ['c.com', 'default'],
  ]);
});

test('an Ingress that was refused is reviewed again when the host that it wants is free', t => {
  const files = { 'a.yaml': [web('a.com')], 'b.yaml': [web('a.com', { namespace: 'other' })] };
  const before = stored(files);
  t.is(before.errors.length, 1);
  const after = stored({ 'b.yaml': files['b.yaml'] }, before);
  t.deepEqual(errorsOf(after), []);
  t.deepEqual([...after.stored.claims], [['a.com', 'other']]);
});
