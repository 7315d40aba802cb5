import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'yaml';
import { isRecord } from '../../../src/core/canonical-json.ts';
import { rankedManifests } from '../../../src/standalone/manifest-files.ts';
import { readManifests } from '../../../src/standalone/manifest-reader.ts';

const folder = fileURLToPath(new URL('../../../examples/taobao', import.meta.url));
const objects = rankedManifests(await readManifests([folder])).map(({ value }) => value);

type Labels = Readonly<Record<string, string>>;
type Service = { readonly metadata: { readonly name: string }; readonly spec: { readonly selector: Labels } };
type Pod = { readonly metadata: { readonly name: string; readonly labels: Labels } };

const ofKind = <T>(kind: string): readonly T[] =>
  objects.filter(object => object.kind === kind) as unknown as T[];

const podsOf = (service: string, extra: Labels = {}): readonly string[] => {
  const selector = ofKind<Service>('Service').find(({ metadata }) => metadata.name === service)?.spec
    .selector;
  const wanted = Object.entries({ ...selector, ...extra });
  return ofKind<Pod>('Pod')
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels[key] === value))
    .map(({ metadata }) => metadata.name);
};

test('its Ingress is the one of the seed, annotations of ours aside', async t => {
  const seed = rankedManifests(await readManifests([`${folder}/seed/ingress-before.yaml`]))[0]?.value;
  const [ingress] = ofKind<{ metadata: { annotations: Record<string, string> } }>('Ingress');
  const copy = structuredClone(ingress);
  for (const key of Object.keys(copy?.metadata.annotations ?? {})) {
    if (key.startsWith('sluice.dev/')) delete copy?.metadata.annotations[key];
  }
  t.deepEqual<unknown, unknown>(copy, seed);
});

test('its tickets are a list that YAML reads', t => {
  const [ingress] = ofKind<{ metadata: { annotations: Labels } }>('Ingress');
  const tickets: unknown = parse(ingress?.metadata.annotations['sluice.dev/tickets'] ?? '');
  t.true(Array.isArray(tickets) && tickets.every(isRecord));
  t.deepEqual((tickets as unknown[])[0], { header: { foo: 'bar' }, description: 'testers' });
});

test('the selector of cart matches its edge pod too, and only cart has one', t => {
  t.deepEqual(podsOf('cart-svc'), ['cart-1', 'cart-2', 'cart-edge-1']);
  t.deepEqual(podsOf('cart-svc', { track: 'edge' }), ['cart-edge-1']);
  t.deepEqual(podsOf('order-svc'), ['order-1']);
  t.deepEqual(podsOf('order-svc', { track: 'edge' }), []);
  t.deepEqual(podsOf('www-svc'), ['www-1']);
});
