import test from 'ava';
import { findBackend } from '../../src/core/found-backend.ts';
import { readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import type { KnownSecrets } from '../../src/core/known-secrets.ts';
import { parseSecret } from '../../src/core/objects/parse-secret.ts';
import { prefixed } from '../helpers/annotated-router.ts';
import { NOW_MS, selfSigned } from '../helpers/certificates.ts';
import { path, rule, storedIngress, WORLD_OPTIONS } from '../helpers/stored-world.ts';

type Data = Readonly<Record<string, string>>;

const secretOf = (stringData: Data) => {
  const metadata = { name: 'pods', namespace: 'shop' };
  const parsed = parseSecret({ apiVersion: 'v1', kind: 'Secret', metadata, stringData });
  if (!parsed.ok) throw new Error('the Secret is well written');
  return parsed.value;
};

const readingOf = (annotations: Data) => {
  const ingress = storedIngress('web', {
    rules: [rule('taobao.com', path('/', 'cart'))],
    annotations: prefixed(annotations),
  });
  const context = { scope: scopeOf(WORLD_OPTIONS, []), annotation: WORLD_OPTIONS.annotation };
  const reading = readIngress(ingress, context);
  if (reading === null) throw new Error('the Ingress is ours');
  return reading;
};

const found = (annotations: Data, data: Data | null = null, knownSecrets: KnownSecrets = 'all') =>
  findBackend(readingOf({ 'backend-protocol': 'HTTPS', ...annotations }), 'cart', {
    knownSecrets,
    secret: (namespace, name) =>
      namespace === 'shop' && name === 'pods' && data !== null ? secretOf(data) : undefined,
  });

const tlsOf = (...parts: Parameters<typeof found>) => {
  const { ok, ...rest } = found(...parts);
  return 'backend' in rest && rest.backend?.kind === 'tls' ? rest.backend.tls : undefined;
};

const { certificate, key } = selfSigned(['cart.shop.svc'], NOW_MS);
const other = selfSigned(['x'], NOW_MS);
const BY_SECRET = { 'proxy-ssl-secret': 'pods' };

test('the name in the certificate is that of the Service where nobody says otherwise', t => {
  t.is(tlsOf({})?.serverName, 'cart.shop.svc');
  t.is(tlsOf({ 'proxy-ssl-name': 'cart.example.com' })?.serverName, 'cart.example.com');
});

test('a Secret says who may sign for pods, and what they are shown', t => {
  const tls = tlsOf(BY_SECRET, { 'ca.crt': other.certificate, 'tls.crt': certificate, 'tls.key': key });
  t.is(tls?.ca, `${other.certificate.trim()}\n`);
  t.deepEqual(tls?.client, { chain: `${certificate.trim()}\n`, key });
  t.is(tlsOf(BY_SECRET, { 'ca.crt': certificate })?.client, null);
  t.is(tlsOf(BY_SECRET, { 'tls.crt': certificate, 'tls.key': key })?.ca, null);
});

test('authorities in the annotation stand in place of those of the Secret', t => {
  const tls = tlsOf({ ...BY_SECRET, 'sluice.dev/backend-ca': certificate }, { 'ca.crt': other.certificate });
  t.is(tls?.ca, `${certificate.trim()}\n`);
});

test('without verification nobody is trusted', t => {
  t.like(tlsOf({ ...BY_SECRET, 'proxy-ssl-verify': 'off' }, { 'ca.crt': certificate }), {
    verify: false,
    ca: null,
  });
});

const closed = test.macro({
  exec(t, data: Data | null, report: RegExp, knownSecrets: KnownSecrets = 'all') {
    const backend = found(BY_SECRET, data, knownSecrets);
    t.regex(backend.ok ? '' : (backend.report ?? ''), report);
  },
  title: (_, data, report) => `a Secret of ${JSON.stringify(data)?.slice(0, 60)} closes the route: ${report}`,
});

test(closed, null, /does not exist$/);
test(closed, null, /or may not be read/, 'granted');
test(closed, {}, /neither the key "ca.crt"/);
test(closed, { 'tls.crt': certificate }, /neither the key "ca.crt"/);
test(closed, { 'ca.crt': 'x' }, /"ca.crt" .* no certificate/);
test(closed, { 'tls.crt': certificate, 'tls.key': other.key }, /no certificate and its key/);
test(closed, { 'tls.crt': 'x', 'tls.key': key }, /no certificate and its key/);

test('a Secret of another namespace is none of this Ingress', t => {
  const backend = found({ 'proxy-ssl-secret': 'bank/pods' });
  t.regex(backend.ok ? '' : (backend.report ?? ''), /another one/);
});

test('whoever may read no Secrets goes on without: nothing of it is served', t => {
  t.like(tlsOf(BY_SECRET, null, 'none'), { verify: true, ca: null, client: null });
});
