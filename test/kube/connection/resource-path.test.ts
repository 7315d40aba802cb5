import test from 'ava';
import { queryText, type ResourceScope, resourcePath } from '../../../src/kube/connection/resource-path.ts';
import type { Kind, Named } from '../../../src/kube/kind.ts';
import { INGRESS, INGRESS_CLASS, SERVICE } from '../../../src/kube/kinds.ts';

const leads = test.macro<[kind: Kind<Named>, version: string, scope: ResourceScope, path: string]>({
  exec(t, kind, version, scope, path) {
    t.is(resourcePath(kind, version, scope), path);
  },
  title: (_, _kind, _version, _scope, path) => path,
});

test(leads, SERVICE, 'v1', {}, '/api/v1/services');
test(leads, SERVICE, 'v1', { namespace: 'shop', name: 'web' }, '/api/v1/namespaces/shop/services/web');
test(
  leads,
  INGRESS,
  'networking.k8s.io/v1',
  { namespace: 'shop', name: 'web', subresource: 'status' },
  '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web/status',
);
// A namespace means nothing to a kind of cluster scope.
test(
  leads,
  INGRESS_CLASS,
  'networking.k8s.io/v1',
  { namespace: '', name: 'sluice' },
  '/apis/networking.k8s.io/v1/ingressclasses/sluice',
);
// No name leaves its place, whoever chose it.
test(
  leads,
  SERVICE,
  'v1',
  { namespace: 'shop', name: '../../secrets/x?y#z' },
  '/api/v1/namespaces/shop/services/..%2F..%2Fsecrets%2Fx%3Fy%23z',
);

test('a query leaves out what is not asked for', t => {
  t.is(queryText({}), '');
  t.is(queryText({ limit: undefined }), '');
  t.is(queryText({ limit: '5', labelSelector: 'a=b,c' }), '?limit=5&labelSelector=a%3Db%2Cc');
});
