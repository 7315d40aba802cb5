import test from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import type { ObjectChanges } from '../../../src/core/object-changes.ts';
import type { Ingress } from '../../../src/core/objects/ingress.ts';
import type { KubernetesObject } from '../../../src/core/objects/objects.ts';
import { formatReport } from '../../../src/core/report.ts';
import type { HostPlan } from '../../../src/core/route-plan.ts';
import type { TranslatorOptions } from '../../../src/core/translation/translation.ts';
import { Translator } from '../../../src/core/translation/translator.ts';
import {
  backend,
  path,
  rule,
  storedIngress,
  WORLD_OPTIONS,
  type WrittenIngress,
} from '../../helpers/stored-world.ts';
import { certificateFor, tlsSecret } from '../../helpers/tls-secrets.ts';

const TAOBAO = certificateFor('taobao.com');
const WILD = certificateFor('taobao.com', '*.taobao.com');

const changes = (
  set: readonly KubernetesObject[],
  removed: readonly KubernetesObject[] = [],
): ObjectChanges => ({
  set,
  removed: removed.map(({ kind, metadata: { namespace, name } }) => ({ kind, namespace, name })),
  claims: new Map(),
});

/** An Ingress of `shop` with one rule a host, by its key, and these entries. */
const web = (
  name: string,
  hosts: readonly string[],
  tls: readonly (readonly [hosts: readonly string[], secretName: string | null])[],
  more: WrittenIngress = {},
): Ingress =>
  storedIngress(name, {
    rules: hosts.map(host => rule(hostKey(host), path('/', 'cart'))),
    tls: tls.map(([names, secretName]) => ({ hosts: names, secretName })),
    createdMs: 1,
    ...more,
  });

const translatorOf = (
  objects: readonly KubernetesObject[],
  options: Partial<TranslatorOptions> = {},
): Translator => {
  const translator = new Translator({ ...WORLD_OPTIONS, ...options });
  translator.apply(changes(objects));
  return translator;
};

const shown = ({ plan }: Translator): Readonly<Record<string, string | null>> =>
  Object.fromEntries(plan.hosts.map(({ host, certificate }) => [host, certificate ?? null]));

const told = ({ reports }: Translator): readonly string[] =>
  reports.filter(({ reason }) => reason.startsWith('Certificate')).map(formatReport);

/** `true`: sent to HTTPS whatever stands in front; `false`: as a host with a certificate; null: not. */
const redirectsOf = ({ routes, fallback }: HostPlan): readonly (boolean | null)[] =>
  [...routes.map(({ action }) => action), ...(fallback === null ? [] : [fallback])].map(action => {
    const policy =
      action.kind === 'forward' ? action.policies?.find(({ kind }) => kind === 'https-redirect') : undefined;
    return policy?.kind === 'https-redirect' ? policy.always : null;
  });

const redirects = ({ plan }: Translator): Readonly<Record<string, readonly (boolean | null)[]>> =>
  Object.fromEntries(plan.hosts.map(host => [host.host, redirectsOf(host)]));

test('a host gets the certificate that the spec.tls of its namespace names, whatever key its rule has', t => {
  const translator = translatorOf([
    web('web', ['taobao.com'], [[['TaoBao.com.'], 'one']]),
    tlsSecret('one', TAOBAO),
  ]);
  t.deepEqual(shown(translator), { 'taobao.com': 'shop/one' });
  t.deepEqual(
    translator.plan.certificates.map(({ id }) => id),
    ['shop/one'],
  );
  t.deepEqual(told(translator), []);
});

test('aliases are domains as the rule host is', t => {
  const ingress = web('web', ['a.com'], [[['taobao.com'], 'one']], {
    config: { hosts: { 'a.com': ['a.com', 'taobao.com', 'www.taobao.com'] } },
  });
  t.deepEqual(shown(translatorOf([ingress, tlsSecret('one', WILD)])), {
    'a.com': null,
    'taobao.com': 'shop/one',
    'www.taobao.com': null,
  });
});

const choices = test.macro({
  exec(t, ingresses: readonly Ingress[], expected: Readonly<Record<string, string | null>>) {
    const secrets = ['one', 'two', 'wild'].map(name => tlsSecret(name, name === 'wild' ? WILD : TAOBAO));
    t.deepEqual(shown(translatorOf([...ingresses, ...secrets])), expected);
  },
  title: title => title ?? '',
});

test(
  'a wildcard covers exactly one label, and what names the host itself goes before it',
  choices,
  [
    web(
      'web',
      ['taobao.com', 'www.taobao.com', 'a.b.taobao.com', '*.taobao.com'],
      [
        [['*.taobao.com'], 'wild'],
        [['taobao.com'], 'one'],
      ],
    ),
  ],
  {
    '*.taobao.com': 'shop/wild',
    'a.b.taobao.com': null,
    'taobao.com': 'shop/one',
    'www.taobao.com': 'shop/wild',
  },
);
test(
  'of several Ingresses the oldest decides',
  choices,
  [
    web('a', ['taobao.com'], [[['taobao.com'], 'two']], { createdMs: 2 }),
    web('b', [], [[['taobao.com'], 'one']], { createdMs: 1 }),
  ],
  { 'taobao.com': 'shop/one' },
);
test(
  'of several entries of an Ingress the first decides',
  choices,
  [
    web(
      'a',
      ['taobao.com'],
      [
        [['taobao.com'], 'two'],
        [['taobao.com'], 'one'],
      ],
    ),
  ],
  { 'taobao.com': 'shop/two' },
);
test(
  'an entry without hosts is for the rule hosts of its own Ingress, after those that name them',
  choices,
  [
    web('a', ['taobao.com', 'www.taobao.com'], [[[], 'wild']], { createdMs: 1 }),
    web('b', [], [[['taobao.com'], 'one']], { createdMs: 2 }),
    web('c', ['c.taobao.com'], []),
  ],
  { 'c.taobao.com': null, 'taobao.com': 'shop/one', 'www.taobao.com': 'shop/wild' },
);
test(
  'a rule for all hosts is covered by an entry without hosts alone',
  choices,
  [web('a', [''], [[[], 'one']])],
  { '': 'shop/one' },
);
test(
  'another namespace names no certificate for a host that it does not hold',
  choices,
  [
    web('a', ['taobao.com'], []),
    web('b', ['taobao.com'], [[['taobao.com'], 'one']], { namespace: 'mall', createdMs: 2 }),
  ],
  { 'taobao.com': null },
);
test(
  'an entry without secretName asks for the default certificate',
  choices,
  [
    web(
      'a',
      ['taobao.com'],
      [
        [['taobao.com'], null],
        [['taobao.com'], 'one'],
      ],
    ),
  ],
  { 'taobao.com': null },
);
test(
  'a canary names no certificate',
  choices,
  [
    web('a', ['taobao.com'], []),
    web('b', [], [[['taobao.com'], 'one']], {
      annotations: { 'nginx.ingress.kubernetes.io/canary': 'true' },
    }),
  ],
  { 'taobao.com': null },
);

test('a Secret of the same name in another namespace is another Secret', t => {
  const translator = translatorOf([
    web('web', ['taobao.com'], [[['taobao.com'], 'one']]),
    tlsSecret('one', TAOBAO, { namespace: 'mall' }),
  ]);
  t.deepEqual(shown(translator), { 'taobao.com': null });
  t.deepEqual(translator.plan.certificates, []);
  t.deepEqual(told(translator), [
    'CertificateMissing Ingress shop/web: spec.tls[0].secretName: Secret "one" does not exist; its hosts are shown the default certificate.',
  ]);
});

test('a bad Secret concerns its own hosts, and the next entry that covers them is tried', t => {
  const translator = translatorOf([
    web(
      'web',
      ['taobao.com', 'tmall.com', 'www.taobao.com'],
      [
        [['taobao.com', 'tmall.com'], 'bad'],
        [['taobao.com', '*.taobao.com'], 'wild'],
      ],
    ),
    tlsSecret('bad', { ...TAOBAO, key: WILD.key }),
    tlsSecret('wild', WILD),
  ]);
  t.deepEqual(shown(translator), {
    'taobao.com': 'shop/wild',
    'tmall.com': null,
    'www.taobao.com': 'shop/wild',
  });
  t.deepEqual(told(translator), [
    'CertificateInvalid Ingress shop/web: spec.tls[0].secretName: Secret "bad" has a tls.key that does not belong to its tls.crt; its hosts are shown the default certificate.',
  ]);
});

test('a certificate that is not for the host is not shown', t => {
  const translator = translatorOf([
    web('web', ['taobao.com', 'tmall.com'], [[[], 'one']]),
    tlsSecret('one', TAOBAO),
  ]);
  t.deepEqual(shown(translator), { 'taobao.com': 'shop/one', 'tmall.com': null });
  t.deepEqual(told(translator), [
    'CertificateNotForHost Ingress shop/web: spec.tls[0].secretName: the certificate in Secret "one" is not for "tmall.com", which is shown the default certificate; it is for "DNS:taobao.com".',
  ]);
});

test('routers that read what they are let are not sure that a Secret is missing; who reads none says nothing', t => {
  const ingress = web('web', ['taobao.com'], [[[], 'one']]);
  const [granted] = told(translatorOf([ingress], { secrets: 'granted' }));
  t.regex(granted ?? '', /does not exist, or may not be read \(docs\/tls\.md says how\)/);
  t.deepEqual(told(translatorOf([ingress], { secrets: 'none' })), []);
});

test('a renewed Secret is one certificate of the delta, and no host', t => {
  const before = tlsSecret('one', TAOBAO);
  const translator = translatorOf([
    web('web', ['taobao.com', 'tmall.com'], [[['taobao.com'], 'one']]),
    before,
  ]);
  const delta = translator.apply(changes([tlsSecret('one', certificateFor('taobao.com'))]));
  t.deepEqual(delta.hosts, { set: [], removed: [] });
  t.deepEqual(
    delta.certificates.set.map(({ id }) => id),
    ['shop/one'],
  );
  t.not(delta.certificates.set[0]?.chain, before.data['tls.crt']);
  t.is(translator.plan.certificates[0], delta.certificates.set[0]);
});

test('a Secret that goes or turns bad takes its certificate from its hosts alone; one that comes gives it back', t => {
  const secret = tlsSecret('one', TAOBAO);
  const translator = translatorOf([
    web('web', ['taobao.com', 'tmall.com'], [[['taobao.com'], 'one']]),
    secret,
  ]);
  const gone = translator.apply(changes([], [secret]));
  t.deepEqual(
    gone.hosts.set.map(({ host, certificate }) => [host, certificate]),
    [['taobao.com', undefined]],
  );
  t.deepEqual(gone.certificates, { set: [], removed: ['shop/one'] });
  t.is(told(translator).length, 1);
  const back = translator.apply(changes([secret]));
  t.deepEqual(
    back.hosts.set.map(({ host, certificate }) => [host, certificate]),
    [['taobao.com', 'shop/one']],
  );
  t.deepEqual(
    back.certificates.set.map(({ id }) => id),
    ['shop/one'],
  );
  t.deepEqual(told(translator), []);
});

test('a Secret that nobody names is in no plan', t => {
  const translator = translatorOf([web('web', ['taobao.com'], []), tlsSecret('one', TAOBAO)]);
  t.deepEqual(translator.plan.certificates, []);
  t.deepEqual(translator.apply(changes([tlsSecret('one', WILD)])).certificates, { set: [], removed: [] });
});

test('a wildcard entry that comes and goes changes the hosts below it, of whichever Ingress', t => {
  const wild = web('tls', [], [[['*.taobao.com'], 'wild']]);
  const translator = translatorOf([
    web('web', ['taobao.com', 'www.taobao.com', 'm.taobao.com', 'www.tmall.com'], []),
    tlsSecret('wild', WILD),
  ]);
  const came = translator.apply(changes([wild]));
  t.deepEqual(
    came.hosts.set.map(({ host }) => host),
    ['m.taobao.com', 'www.taobao.com'],
  );
  t.deepEqual(
    translator.apply(changes([], [wild])).hosts.set.map(({ certificate }) => certificate),
    [undefined, undefined],
  );
  t.deepEqual(translator.plan.certificates, []);
});

test('the default certificate is in the plan whatever Ingresses say, and its absence is told', t => {
  const options = { defaultCertificate: 'sluice-system/default' };
  const secret = tlsSecret('default', WILD, { namespace: 'sluice-system' });
  const translator = translatorOf([], options);
  t.deepEqual(told(translator), [
    'CertificateMissing Secret sluice-system/default: the Secret of --default-certificate does not exist; the router shows one that it made itself.',
  ]);
  t.deepEqual(
    translator.apply(changes([secret])).certificates.set.map(({ id }) => id),
    ['sluice-system/default'],
  );
  t.deepEqual(told(translator), []);
  t.deepEqual(translator.apply(changes([], [secret])).certificates.removed, ['sluice-system/default']);
});

test('who has a certificate is sent to HTTPS, whichever of its Ingresses named it, but where ssl-redirect says no', t => {
  const translator = translatorOf([
    web('a', ['taobao.com', 'tmall.com'], [[['taobao.com'], 'one']]),
    storedIngress('b', { rules: [rule('taobao.com', path('/b', 'cart'))], createdMs: 2 }),
    storedIngress('c', {
      rules: [rule('taobao.com', path('/c/c', 'cart'))],
      createdMs: 3,
      defaultBackend: backend('www'),
      annotations: { 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' },
    }),
    storedIngress('d', {
      rules: [rule('tmall.com', path('/d', 'cart'))],
      createdMs: 4,
      annotations: { 'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true' },
    }),
    tlsSecret('one', TAOBAO),
  ]);
  // The longest path first, then the default backend.
  t.deepEqual(redirects(translator), { 'taobao.com': [null, false, false, null], 'tmall.com': [true, null] });
});

test('a host whose certificate is missing is not sent to a certificate that browsers refuse', t => {
  const secret = tlsSecret('one', TAOBAO);
  const translator = translatorOf([web('a', ['taobao.com'], [[['taobao.com'], 'one']])]);
  t.deepEqual(redirects(translator), { 'taobao.com': [null] });
  translator.apply(changes([secret]));
  t.deepEqual(redirects(translator), { 'taobao.com': [false] });
  translator.apply(changes([], [secret]));
  t.deepEqual(redirects(translator), { 'taobao.com': [null] });
});

test('a default certificate that is for the host is as good, where spec.tls names the host at all', t => {
  const options = { defaultCertificate: 'sluice-system/default' };
  const objects = [
    web('a', ['taobao.com', 'tmall.com', 'www.taobao.com'], [[['taobao.com', 'tmall.com'], null]]),
    tlsSecret('default', WILD, { namespace: 'sluice-system' }),
  ];
  t.deepEqual(redirects(translatorOf(objects, options)), {
    'taobao.com': [false],
    'tmall.com': [null],
    'www.taobao.com': [null],
  });
});

test('whoever names the Secret of the default certificate gets the default one, by no second name', t => {
  const translator = translatorOf(
    [
      web('a', ['taobao.com', 'www.taobao.com'], [[['taobao.com'], 'wild']]),
      tlsSecret('wild', WILD, { namespace: 'shop' }),
    ],
    { defaultCertificate: 'shop/wild' },
  );
  // So a connection for one of them may ask for the other: both are shown the same (RFC 9110 7.4).
  t.deepEqual(shown(translator), { 'taobao.com': null, 'www.taobao.com': null });
  t.deepEqual(redirects(translator), { 'taobao.com': [false], 'www.taobao.com': [null] });
  t.deepEqual(told(translator), []);
});

test('hosts with a certificate share their routes, and so do those without', t => {
  const names = ['a.taobao.com', 'b.taobao.com', 'tmall.com'];
  const ingress = web('web', ['a.taobao.com'], [[['*.taobao.com'], 'wild']], {
    config: { hosts: { 'a.taobao.com': names } },
  });
  const { plan } = translatorOf([ingress, tlsSecret('wild', WILD)]);
  const [a, b, tmall] = plan.hosts;
  t.is(a?.routes[0], b?.routes[0]);
  t.not(a?.routes[0], tmall?.routes[0]);
});

test('a solver of a challenge is asked in clear', t => {
  const solver = storedIngress('solver', {
    rules: [rule('taobao.com', path('/.well-known/acme-challenge/token', 'cart', 'Exact'))],
    createdMs: 2,
  });
  const labelled = {
    ...solver,
    metadata: { ...solver.metadata, labels: { 'acme.cert-manager.io/http01-solver': 'true' } },
  };
  const translator = translatorOf([
    web('a', ['taobao.com'], [[['taobao.com'], 'one']]),
    labelled,
    tlsSecret('one', TAOBAO),
  ]);
  t.deepEqual(redirects(translator), { 'taobao.com': [null, false] });
});
