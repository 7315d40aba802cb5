import test from 'ava';
import { parse, parseAllDocuments } from 'yaml';
import { missingGrants, secretGrant } from '../../../src/controller/decide/secret-grant.ts';
import { type IngressReading, readIngress } from '../../../src/core/ingress-reading.ts';
import { scopeOf } from '../../../src/core/ingress-scope.ts';
import { parseIngress } from '../../../src/core/objects/parse-ingress.ts';
import { DEFAULT_ANNOTATION } from '../../../src/core/service-config.ts';
import { OPTIONS } from '../../helpers/controller/simulated-cluster.ts';
import { writtenIngress } from '../../helpers/controller/written-objects.ts';
import { read } from '../../helpers/documents.ts';
import { fencedBlocks } from '../../helpers/markdown.ts';

const reading = (namespace: string, secret: string): IngressReading => {
  const parsed = parseIngress(
    writtenIngress('web', {
      namespace,
      annotations: {
        'nginx.ingress.kubernetes.io/auth-type': 'basic',
        'nginx.ingress.kubernetes.io/auth-secret': secret,
      },
    }),
  );
  const read = parsed.ok
    ? readIngress(parsed.value, { scope: scopeOf(OPTIONS, []), annotation: DEFAULT_ANNOTATION })
    : null;
  if (read === null) throw new Error('the Ingress is ours, and well written');
  return read;
};

const notices = (secret: string, missing: readonly string[], namespace = 'shop') =>
  missingGrants([reading(namespace, secret)], {
    missingGrants: new Set(missing),
    ownNamespace: 'sluice-system',
  });

test('the Event of a missing right contains what gives it, as YAML', t => {
  const [notice] = notices('users', ['shop/users']);
  t.like(notice, {
    object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
    reason: 'SecretNotGranted',
    type: 'Warning',
  });
  const message = notice?.message ?? '';
  t.deepEqual(
    parse(message.slice(message.indexOf('{'))),
    secretGrant({ namespace: 'shop', name: 'users', use: 'users' }, 'sluice-system'),
  );
});

test('it fits into an Event, whatever the names are', t => {
  const [namespace, secret] = ['n'.repeat(63), 's'.repeat(253)];
  for (const [ownNamespace, ending] of [
    ['sluice-system', '}'],
    ['o'.repeat(63), 'let them.'],
  ] as const) {
    const [notice] = missingGrants([reading(namespace, secret)], {
      missingGrants: new Set([`${namespace}/${secret}`]),
      ownNamespace,
    });
    const message = notice?.message ?? '';
    t.true(message.length <= 1_024, String(message.length));
    t.true(message.endsWith(ending), message);
  }
});

test('nothing is said of a Secret that may be read, and of one of another namespace, which never may', t => {
  t.deepEqual(notices('users', ['shop/others', 'other/users']), []);
  t.deepEqual(notices('other/users', ['other/users', 'shop/users']), []);
});

test('the Role names one Secret, and lets the routers do nothing but read it', t => {
  const [role, binding] = secretGrant(
    { namespace: 'shop', name: 'users', use: 'users' },
    'sluice-system',
  ).items;
  t.like(role, {
    kind: 'Role',
    metadata: { namespace: 'shop' },
    rules: [{ resources: ['secrets'], resourceNames: ['users'], verbs: ['list', 'watch'] }],
  });
  t.like(binding, {
    subjects: [{ kind: 'ServiceAccount', name: 'sluice-router', namespace: 'sluice-system' }],
  });
});

test('docs/annotations.md shows the same right', t => {
  const block = fencedBlocks(read('docs/annotations.md')).find(({ text }) =>
    text.includes('kind: RoleBinding'),
  );
  const [role, binding] = parseAllDocuments(block?.text ?? '').map(document => document.toJS() as unknown);
  const [wantedRole, wantedBinding] = secretGrant(
    { namespace: 'shop', name: 'shop-users', use: 'users' },
    'sluice-system',
  ).items;
  const metadata = { name: 'sluice-shop-users', namespace: 'shop' };
  t.deepEqual(role, { ...wantedRole, metadata });
  t.deepEqual(binding, {
    ...wantedBinding,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
  });
});
