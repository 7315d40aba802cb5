import test from 'ava';
import { parseWebhookConfiguration } from '../../../src/core/objects/parse-webhook-configuration.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const configuration = (parts: object): unknown => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'sluice' },
  ...parts,
});

const read = (parts: object) =>
  parseWebhookConfiguration('MutatingWebhookConfiguration', configuration(parts));

test('webhooks are read with their caBundle, and without', t => {
  const parsed = read({
    webhooks: [
      { name: 'a.sluice.dev', clientConfig: { caBundle: 'eA==', service: { name: 'x' } } },
      { name: 'b.sluice.dev', clientConfig: { url: 'https://x', caBundle: null } },
    ],
  });
  t.deepEqual(parsed.ok && parsed.value.webhooks, [
    { name: 'a.sluice.dev', caBundle: 'eA==' },
    { name: 'b.sluice.dev', caBundle: '' },
  ]);
  t.is(parsed.ok && parsed.value.metadata.namespace, '');
});

test('a configuration may have no webhooks', t => {
  const parsed = read({});
  t.deepEqual(parsed.ok && parsed.value.webhooks, []);
});

test('another kind and a wrong field are problems with their paths', t => {
  const other = parseWebhookConfiguration('ValidatingWebhookConfiguration', configuration({}));
  const wrong = read({ webhooks: [{ name: 'a', clientConfig: { caBundle: 1 } }] });
  const problems = [other, wrong].flatMap(parsed => (parsed.ok ? [] : parsed.problems.map(formatProblem)));
  t.is(problems.length, 2);
  t.regex(problems[0] ?? '', /^ObjectInvalid kind /);
  t.regex(problems[1] ?? '', /^ObjectInvalid webhooks\[0\]\.clientConfig\.caBundle /);
});
