import test from 'ava';
import {
  CONFIG_MAP,
  ENDPOINT_SLICE,
  INGRESS,
  INGRESS_CLASS,
  NAMESPACE,
  POD,
  SECRET,
  SERVICE,
} from '../../src/kube/kinds.ts';

const NOTE = 'kubectl.kubernetes.io/last-applied-configuration';

const BODIES: Readonly<Record<string, object>> = {
  EndpointSlice: { addressType: 'IPv4', endpoints: [] },
  IngressClass: { spec: { controller: 'sluice.dev/router' } },
};

for (const kind of [CONFIG_MAP, ENDPOINT_SLICE, INGRESS, INGRESS_CLASS, NAMESPACE, POD, SECRET, SERVICE]) {
  test(`a stored ${kind.name} keeps nothing of what kubectl notes on it, in every version that is served`, t => {
    for (const apiVersion of kind.apiVersions) {
      const parsed = kind.parse({
        apiVersion,
        kind: kind.name,
        metadata: { name: 'a', annotations: { [NOTE]: '{}', 'sluice.dev/x': '1' }, managedFields: [{}] },
        ...BODIES[kind.name],
      });
      t.true(parsed.ok, JSON.stringify(parsed));
      if (!parsed.ok) return;
      t.false(NOTE in parsed.value.metadata.annotations);
      t.false('managedFields' in parsed.value.metadata);
      t.is(parsed.value.metadata.annotations['sluice.dev/x'], kind === ENDPOINT_SLICE ? undefined : '1');
    }
  });
}

test('an EndpointSlice knows its Service, and nothing else of its labels', t => {
  const parsed = ENDPOINT_SLICE.parse({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'a', labels: { 'kubernetes.io/service-name': 'web', x: 'y' } },
    addressType: 'IPv4',
    endpoints: [],
  });
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.is(parsed.value.service, 'web');
  t.deepEqual(Object.keys(parsed.value.metadata.labels), []);
});
