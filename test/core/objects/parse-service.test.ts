import test from 'ava';
import { parseService } from '../../../src/core/objects/parse-service.ts';
import type { ServicePort } from '../../../src/core/objects/service.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const service = (spec: unknown): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'cart' },
  spec,
});

const ports = test.macro({
  exec(t, written: unknown, expected: Partial<ServicePort>) {
    const parsed = parseService(service({ ports: [written] }));
    t.deepEqual(parsed.ok && parsed.value.ports, [
      { name: '', port: 80, protocol: 'TCP', targetPort: 80, appProtocol: null, ...expected },
    ]);
  },
  title: (_, written) => `the Service port ${JSON.stringify(written)} is read`,
});

test(ports, { port: 80 }, {});
test(ports, { port: 80, targetPort: 8080 }, { targetPort: 8080 });
test(ports, { port: 80, targetPort: 'http', name: 'web' }, { targetPort: 'http', name: 'web' });
// The API server's defaulting takes Go's zero values for "not set".
test(ports, { port: 80, targetPort: 0 }, {});
test(ports, { port: 80, targetPort: '' }, {});
test(ports, { port: 80, protocol: 'UDP', appProtocol: 'h2c' }, { protocol: 'UDP', appProtocol: 'h2c' });

const refused = test.macro({
  exec(t, spec: unknown, expected: readonly string[]) {
    const parsed = parseService(service(spec));
    t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), expected);
  },
  title: (_, spec) => `the Service spec ${JSON.stringify(spec)} is refused`,
});

test(refused, { ports: [{}] }, [
  'ObjectInvalid spec.ports[0].port: expected a port number from 1 to 65535, got nothing',
]);
test(refused, { ports: [{ port: '80' }] }, [
  'ObjectInvalid spec.ports[0].port "80": expected a port number from 1 to 65535, got the text "80"; write it without quotes: 80',
]);
test(refused, { ports: [{ port: 65_536 }, { port: 1.5, name: 'b' }] }, [
  'ObjectInvalid spec.ports[0].port "65536": expected a port number from 1 to 65535, got the number 65536',
  'ObjectInvalid spec.ports[0].name: expected a name, since the Service has several ports',
  'ObjectInvalid spec.ports[1].port "1.5": expected a port number from 1 to 65535, got the number 1.5',
]);
test(refused, { ports: [{ port: 80, targetPort: true }] }, [
  'ObjectInvalid spec.ports[0].targetPort "true": expected a port number from 1 to 65535 or the name of a port, got the boolean true',
]);
test(
  refused,
  {
    ports: [
      { port: 1, name: 'a' },
      { port: 2, name: 'a' },
    ],
  },
  ['ObjectInvalid spec.ports[1].name "a": another port of this Service has the same name; choose another'],
);
test(refused, { type: 'Cluster', selector: { app: 1 }, ipFamilies: [4] }, [
  'ObjectInvalid spec.type "Cluster": expected one of ClusterIP, NodePort, LoadBalancer, ExternalName, got the text "Cluster"',
  'ObjectInvalid spec.selector[app] "1": expected a text, got the number 1; put it in quotes: "1"',
  'ObjectInvalid spec.ipFamilies[0] "4": expected a text, got the number 4; put it in quotes: "4"',
]);

test('a Service without a selector, or with an empty one, is selectorless', t => {
  for (const spec of [undefined, {}, { selector: null }, { selector: {} }]) {
    const parsed = parseService(service(spec));
    t.is(parsed.ok && parsed.value.selector, null);
  }
});

test('selector, type and address families are read', t => {
  const parsed = parseService(
    service({ type: 'NodePort', selector: { app: 'cart' }, ipFamilies: ['IPv6', 'IPv4'], clusterIP: 'None' }),
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.is(parsed.value.type, 'NodePort');
  t.deepEqual({ ...parsed.value.selector }, { app: 'cart' });
  t.deepEqual(parsed.value.ipFamilies, ['IPv6', 'IPv4']);
});
