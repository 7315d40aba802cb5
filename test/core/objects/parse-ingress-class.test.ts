import test from 'ava';
import { parseIngressClass } from '../../../src/core/objects/parse-ingress-class.ts';

test('the controller of an IngressClass is read in both versions', t => {
  for (const apiVersion of ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1']) {
    const parsed = parseIngressClass({
      apiVersion,
      kind: 'IngressClass',
      metadata: { name: 'sluice', namespace: 'ignored' },
      spec: { controller: 'sluice.dev/router' },
    });
    t.is(parsed.ok && parsed.value.controller, 'sluice.dev/router');
    t.is(parsed.ok && parsed.value.metadata.namespace, '');
  }
});

test('an IngressClass without controller has the empty one', t => {
  const parsed = parseIngressClass({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'x' },
  });
  t.is(parsed.ok && parsed.value.controller, '');
});
