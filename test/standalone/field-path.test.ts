import test from 'ava';
import { fieldPath } from '../../src/standalone/field-path.ts';

const leads = test.macro({
  exec(t, field: string, path: readonly (string | number)[]) {
    t.deepEqual(fieldPath(field), path);
  },
  title: (_, field: string) => `${field} leads to its node`,
});

test(leads, 'spec.rules[0].host', ['spec', 'rules', 0, 'host']);
test(leads, 'spec.rules[12].http.paths[3].backend.service.port.number', [
  'spec',
  'rules',
  12,
  'http',
  'paths',
  3,
  'backend',
  'service',
  'port',
  'number',
]);
test(leads, 'metadata.labels[app.kubernetes.io/name]', ['metadata', 'labels', 'app.kubernetes.io/name']);
test(leads, 'metadata.annotations[sluice.dev/tickets]', ['metadata', 'annotations', 'sluice.dev/tickets']);
// What stands in an annotation is text to YAML.
test(leads, 'metadata.annotations[sluice.dev/tickets][1].header.foo', [
  'metadata',
  'annotations',
  'sluice.dev/tickets',
]);
test(leads, 'metadata.annotations[nginx.ingress.kubernetes.io/service-config].drainage.tickets[0]', [
  'metadata',
  'annotations',
  'nginx.ingress.kubernetes.io/service-config',
]);
test(leads, '', []);
