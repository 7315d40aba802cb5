import test from 'ava';
import { parseEndpointSlice } from '../../../src/core/objects/parse-endpoint-slice.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const slice = (parts: object, apiVersion = 'discovery.k8s.io/v1'): unknown => ({
  apiVersion,
  kind: 'EndpointSlice',
  metadata: { name: 'cart-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'cart' } },
  addressType: 'IPv4',
  ...parts,
});

const conditions = test.macro({
  exec(t, written: unknown, expected: readonly [ready: boolean, serving: boolean, terminating: boolean]) {
    for (const apiVersion of ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1']) {
      const parsed = parseEndpointSlice(
        slice({ endpoints: [{ addresses: ['10.0.0.1'], conditions: written }] }, apiVersion),
      );
      const endpoint = parsed.ok ? parsed.value.endpoints[0] : undefined;
      t.deepEqual([endpoint?.ready, endpoint?.serving, endpoint?.terminating], [...expected]);
    }
  },
  title: (_, written: unknown, expected: readonly boolean[]) =>
    `the conditions ${JSON.stringify(written)} mean ready, serving, terminating = ${expected.join(', ')}`,
});

test(conditions, undefined, [true, true, false]);
test(conditions, {}, [true, true, false]);
test(conditions, { ready: null }, [true, true, false]);
test(conditions, { ready: false }, [false, false, false]);
test(conditions, { ready: false, serving: true, terminating: true }, [false, true, true]);

test('ports, targets and the Service are read', t => {
  const parsed = parseEndpointSlice(
    slice({
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }, { port: 9090 }, { name: 'all' }],
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          targetRef: { kind: 'Pod', name: 'cart-1', namespace: 'other', uid: 'u1' },
        },
        { addresses: ['10.0.0.2'], targetRef: { kind: 'Pod', name: 'cart-2' } },
        { addresses: ['10.0.0.3'] },
      ],
    }),
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.is(parsed.value.service, 'cart');
  t.is(parsed.value.addressType, 'IPv4');
  t.deepEqual(parsed.value.ports, [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: '', port: 9090, protocol: 'TCP' },
  ]);
  t.deepEqual(
    parsed.value.endpoints.map(endpoint => endpoint.targetRef),
    [
      { kind: 'Pod', name: 'cart-1', namespace: 'other', uid: 'u1' },
      { kind: 'Pod', name: 'cart-2', namespace: 'shop', uid: null },
      null,
    ],
  );
});

test('a slice without the label belongs to no Service', t => {
  const parsed = parseEndpointSlice(slice({ metadata: { name: 'x' } }));
  t.is(parsed.ok && parsed.value.service, null);
});

test('wrong types are refused with their paths', t => {
  const parsed = parseEndpointSlice(
    slice({
      addressType: 'IP',
      ports: [{ port: 'http' }],
      endpoints: [{ addresses: [10], conditions: { ready: 'true' }, targetRef: 'cart-1' }],
    }),
  );
  t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), [
    'ObjectInvalid addressType "IP": expected one of IPv4, IPv6, FQDN, got the text "IP"',
    'ObjectInvalid ports[0].port "http": expected a port number from 1 to 65535, got the text "http"',
    'ObjectInvalid endpoints[0].conditions.ready "true": expected true or false, got the text "true"; write it without quotes',
    'ObjectInvalid endpoints[0].addresses[0] "10": expected a text, got the number 10; put it in quotes: "10"',
    'ObjectInvalid endpoints[0].targetRef "cart-1": expected an object, got the text "cart-1"',
  ]);
});
