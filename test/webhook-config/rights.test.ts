import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { parseAllDocuments } from 'yaml';
import { secretGrant } from '../../src/controller/decide/secret-grant.ts';

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};
type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
};

const root = fileURLToPath(new URL('../../webhook-config', import.meta.url));

const manifestsIn = (pattern: string): readonly Manifest[] =>
  globSync(`${root}/${pattern}`)
    .sort()
    .flatMap(path =>
      parseAllDocuments(readFileSync(path, 'utf8')).map(document => document.toJS() as Manifest),
    )
    .filter(({ kind }) => kind !== 'Kustomization' && kind !== 'Component');

/** What lets us read Secrets of others is applied by others, or is an overlay of its own. */
const SECRETS_OF_OTHERS = ['overlays/tls-all-namespaces/*.yaml', 'tenant/*.yaml'];

const others = SECRETS_OF_OTHERS.flatMap(manifestsIn);
const manifests = manifestsIn('**/*.yaml').filter(
  manifest => !others.some(other => isDeepStrictEqual(other, manifest)),
);

const roles = manifests.filter(({ rules }) => rules !== undefined);
const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

const rulesOf = (name: string): readonly Rule[] =>
  roles.filter(({ metadata }) => metadata.name === name).flatMap(({ rules }) => rules ?? []);

test('W13: no role has a *', t => {
  t.true(roles.length >= 8);
  for (const { metadata, rules = [] } of roles) {
    for (const { apiGroups, resources, verbs } of rules)
      for (const word of [...apiGroups, ...resources, ...verbs]) t.false(word.includes('*'), metadata.name);
  }
});

test('W13: no role of the cluster reads a Secret, and in our namespace each names its own', t => {
  for (const { kind, metadata, rules = [] } of roles) {
    for (const { resources, resourceNames, verbs } of rules.filter(rule =>
      rule.resources.includes('secrets'),
    )) {
      t.is(kind, 'Role', metadata.name);
      t.deepEqual(resources, ['secrets']);
      // A right to create cannot be bound to a name, and gives nothing to read.
      if (resourceNames === undefined) t.deepEqual(verbs, ['create'], metadata.name);
      else
        for (const name of resourceNames)
          t.regex(name, /^sluice-(?:webhook-(?:ca|tls)|default-tls|session-keys)$/);
    }
  }
});

test('W13: the pods that the network reaches can write nothing', t => {
  for (const name of ['sluice-webhook', 'sluice-router']) {
    t.true(rulesOf(name).length > 0);
    for (const { verbs } of rulesOf(name))
      t.deepEqual(
        verbs.filter(verb => WRITES.includes(verb)),
        [],
        name,
      );
  }
});

test('W13: only named webhook configurations can be edited', t => {
  const editors = roles.filter(({ rules = [] }) =>
    rules.some(
      ({ apiGroups, verbs }) =>
        apiGroups.includes('admissionregistration.k8s.io') && verbs.some(verb => WRITES.includes(verb)),
    ),
  );
  t.deepEqual(
    editors.map(({ metadata }) => metadata.name),
    ['sluice-controller', 'sluice-restore'],
  );
  const configurations = new Set(
    manifests
      .filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
      .map(({ metadata }) => metadata.name),
  );
  t.deepEqual([...configurations].sort(), ['sluice', 'sluice-services']);
  for (const { rules = [] } of roles)
    for (const { apiGroups, resourceNames } of rules)
      if (apiGroups.includes('admissionregistration.k8s.io'))
        for (const name of resourceNames ?? ['all']) t.true(configurations.has(name), name);
});

test('each role is bound to the ServiceAccount of its name, in our namespace', t => {
  const bindings = manifests.filter(({ roleRef }) => roleRef !== undefined);
  t.is(bindings.length, roles.length);
  for (const { kind, metadata, roleRef, subjects } of bindings) {
    t.deepEqual(roleRef, {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: kind.replace('Binding', ''),
      name: metadata.name,
    } as never);
    t.deepEqual(subjects, [
      { kind: 'ServiceAccount', name: metadata.name, namespace: 'sluice-system' },
    ] as never);
  }
});

test('W13: the overlay for all namespaces lets Secrets be got by name, by those who show them or tell of them', t => {
  const [role, binding, ...more] = manifestsIn('overlays/tls-all-namespaces/*.yaml');
  t.deepEqual(more, []);
  t.deepEqual([role?.kind, binding?.kind], ['ClusterRole', 'ClusterRoleBinding']);
  t.deepEqual(role?.rules, [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  t.is(binding?.roleRef?.name, role?.metadata.name);
  t.deepEqual(
    binding?.subjects?.map(({ name }) => name),
    ['sluice-router', 'sluice-controller'],
  );
});

test('what an owner of a namespace applies is what the Event contains', t => {
  const wanted = secretGrant({ namespace: 'shop', name: 'shop-tls', use: 'certificate' }, 'sluice-system');
  const [role, binding] = wanted.items;
  const metadata = { name: 'sluice-tls', namespace: 'shop' };
  t.deepEqual<unknown, unknown>(manifestsIn('tenant/*.yaml'), [
    { ...role, metadata },
    { ...binding, metadata, roleRef: { ...binding?.roleRef, name: metadata.name } },
  ]);
});
