import test from 'ava';
import { parsePod } from '../../../src/core/objects/parse-pod.ts';
import type { Pod } from '../../../src/core/objects/pod.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const READY = {
  conditions: [
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: 'True' },
  ],
};

const pod = (parts: { metadata?: object; spec?: unknown; status?: unknown }): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...parts,
  metadata: { name: 'cart-1', ...parts.metadata },
});

const states = test.macro({
  exec(t, parts: Parameters<typeof pod>[0], expected: Partial<Pod>) {
    const parsed = parsePod(pod(parts));
    t.like(parsed.ok ? parsed.value : null, expected);
  },
  title: (title = '') => title,
});

test(
  'a Pod without status is not ready and has no address',
  states,
  {},
  { ready: false, serving: false, finished: false, ips: [] },
);
test(
  'a Pod whose Ready condition is True is ready',
  states,
  { status: READY },
  { ready: true, serving: true },
);
test(
  'a Pod whose Ready condition is False is not ready',
  states,
  { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
  { ready: false, serving: false },
);
test(
  'a terminating Pod that is Ready serves but is not ready',
  states,
  { status: READY, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  { ready: false, serving: true },
);
test('a Pod that succeeded is finished', states, { status: { phase: 'Succeeded' } }, { finished: true });
test('a Pod that failed is finished', states, { status: { phase: 'Failed' } }, { finished: true });
test('a running Pod is not finished', states, { status: { phase: 'Running' } }, { finished: false });
test(
  'podIP and podIPs are joined, each address once',
  states,
  { status: { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }, {}] } },
  { ips: ['10.0.0.1', 'fd00::1'] },
);
test(
  'the ports of all containers are read',
  states,
  {
    spec: {
      containers: [
        { ports: [{ containerPort: 8080, name: 'http' }] },
        {},
        { ports: [{ containerPort: 53, protocol: 'UDP' }] },
      ],
    },
  },
  {
    containerPorts: [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: '', port: 53, protocol: 'UDP' },
    ],
  },
);

test('wrong types are refused with their paths', t => {
  const parsed = parsePod(
    pod({
      spec: { containers: [{ ports: [{ containerPort: 'http' }] }] },
      status: { podIP: 10, conditions: {} },
    }),
  );
  t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), [
    'ObjectInvalid status.conditions: expected a list, got an object',
    'ObjectInvalid status.podIP "10": expected a text, got the number 10; put it in quotes: "10"',
    'ObjectInvalid spec.containers[0].ports[0].containerPort "http": expected a port number from 1 to 65535, got the text "http"',
  ]);
});
