import test from 'ava';
import { hostKey } from '../../src/core/host-key.ts';
import { backendServices, type KeyContext, servedHosts } from '../../src/core/served-hosts.ts';
import { parseServiceConfig, type ServiceConfig } from '../../src/core/service-config.ts';
import { type IngressParts, ingress } from '../helpers/ingress-objects.ts';

const KEY = hostKey('taobao.com');
const HERE: KeyContext = { entry: '', entries: [''] };

const config = (hosts: Readonly<Record<string, readonly string[]>>): ServiceConfig => {
  const parsed = parseServiceConfig(JSON.stringify({ hosts }), 'sc');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};

const served = test.macro({
  exec(
    t,
    host: string,
    hosts: Readonly<Record<string, readonly string[]>> | null,
    expected: { readonly ownHost: string; readonly domains: readonly string[]; readonly listed: boolean },
  ) {
    const found = servedHosts(ingress({ rules: [[host, {}]] }), hosts === null ? null : config(hosts), HERE);
    t.deepEqual(found, { rules: [{ index: 0, key: hostKey(expected.ownHost), ...expected }], unserved: [] });
  },
  title: (title = '') => title,
});

const TAOBAO = { ownHost: 'taobao.com', domains: ['taobao.com'] };
test(
  'a key that is listed serves its list',
  served,
  KEY,
  { [KEY]: ['taobao.com', 'www.taobao.com'] },
  {
    ownHost: 'taobao.com',
    domains: ['taobao.com', 'www.taobao.com'],
    listed: true,
  },
);
test(
  "the seed's own pair serves only the domain in the list",
  served,
  hostKey('jiangbo10001.x.com'),
  { [hostKey('jiangbo10001.x.com')]: ['taobao.com'] },
  {
    ownHost: 'jiangbo10001.x.com',
    domains: ['taobao.com'],
    listed: true,
  },
);
test(
  'a key without a list serves its decoded host, stable only',
  served,
  KEY,
  {},
  { ...TAOBAO, listed: false },
);
test('a key without any service-config serves its decoded host, stable only', served, KEY, null, {
  ...TAOBAO,
  listed: false,
});
test(
  'a raw host is treated as its key',
  served,
  'TaoBao.com.',
  { [KEY]: ['a.com'] },
  {
    ownHost: 'taobao.com',
    domains: ['a.com'],
    listed: true,
  },
);
test(
  'a raw host may be listed as it is written',
  served,
  'taobao.com',
  { 'TaoBao.com': ['a.com'] },
  {
    ownHost: 'taobao.com',
    domains: ['a.com'],
    listed: true,
  },
);
test(
  'a raw host that is not listed serves itself, stable only',
  served,
  'taobao.com',
  { 'other.com': ['a.com'] },
  { ...TAOBAO, listed: false },
);
test(
  'a key in upper case is that key',
  served,
  KEY.toUpperCase(),
  { [KEY]: ['a.com'] },
  { ownHost: 'taobao.com', domains: ['a.com'], listed: true },
);
test(
  'an empty list is a list',
  served,
  KEY,
  { [KEY]: [] },
  { ownHost: 'taobao.com', domains: [], listed: true },
);
test('a rule without host serves all hosts', served, '', null, { ownHost: '', domains: [''], listed: false });
test(
  'the bare MD5 is the rule for all hosts',
  served,
  hostKey(''),
  { [hostKey('')]: [''] },
  { ownHost: '', domains: [''], listed: true },
);
test(
  'a host named like a member of every object is not listed by chance',
  served,
  'constructor',
  {},
  {
    ownHost: 'constructor',
    domains: ['constructor'],
    listed: false,
  },
);

test('a key of a former entry is ours under the new one, and its list holds', t => {
  const old = hostKey('taobao.com', 'lb1');
  const context: KeyContext = { entry: 'lb2', entries: ['lb2', 'lb1'] };
  t.deepEqual(servedHosts(ingress({ rules: [[old, {}]] }), config({ [old]: ['a.com'] }), context).rules, [
    { index: 0, ownHost: 'taobao.com', key: hostKey('taobao.com', 'lb2'), domains: ['a.com'], listed: true },
  ]);
});

test('foreign and broken keys and what is no host serve nothing, and hide no other rule', t => {
  const hosts = [hostKey('a.com', 'other'), `ff${KEY}`, '10.0.0.1', 'b.com'];
  const found = servedHosts(
    ingress({ rules: hosts.map(host => [host, {}] as const) }),
    config({ [hosts[0] ?? '']: ['a.com'] }),
    HERE,
  );
  t.deepEqual(found.unserved, [
    { index: 0, host: hosts[0], why: 'foreign' },
    { index: 1, host: hosts[1], why: 'broken' },
    { index: 2, host: '10.0.0.1', why: 'invalid' },
  ]);
  t.deepEqual(
    found.rules.map(({ index, ownHost }) => [index, ownHost]),
    [[3, 'b.com']],
  );
});

test('an Ingress with nothing but a default backend serves all hosts', t => {
  const only: IngressParts = { defaultBackend: 'www' };
  const rule = { index: -1, ownHost: '', key: hostKey(''), domains: [''] };
  t.deepEqual(servedHosts(ingress(only), null, HERE).rules, [{ ...rule, listed: false }]);
  t.deepEqual(servedHosts(ingress(only), config({}), HERE).rules, [{ ...rule, listed: true }]);
});

test('a default backend beside rules is no rule', t => {
  const found = servedHosts(ingress({ defaultBackend: 'www', rules: [['a.com', {}]] }), null, HERE);
  t.deepEqual(
    found.rules.map(({ index }) => index),
    [0],
  );
  t.deepEqual(servedHosts(ingress({}), null, HERE).rules, []);
});

test('backend Services are listed in the order of the object, each once, the default backend last', t => {
  t.deepEqual(
    backendServices(
      ingress({
        defaultBackend: 'www',
        rules: [
          ['a.com', { service: 'order', path: '/order' }, { service: 'cart' }],
          ['b.com', { service: 'order' }, { service: 'constructor', path: '/c' }],
        ],
      }),
    ),
    ['order', 'cart', 'constructor', 'www'],
  );
  t.deepEqual(backendServices(ingress({})), []);
});

test('a resource backend is no Service', t => {
  const [rule] = ingress({ rules: [['a.com', {}]] }).rules;
  const resource = { kind: 'resource', description: 'Bucket b' } as const;
  const paths = (rule?.paths ?? []).map(path => ({ ...path, backend: resource }));
  t.deepEqual(
    backendServices({ ...ingress({}), rules: [{ host: '', paths }], defaultBackend: resource }),
    [],
  );
});
