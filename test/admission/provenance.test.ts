import test from 'ava';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { hostKey } from '../../src/core/host-key.ts';
import {
  annotationsOf,
  configOf,
  drainageOf,
  hostsOf,
  ingressOf,
  type Manifest,
  originsOf,
  ruleOf,
  SERVICE_CONFIG,
  TAOBAO_KEY,
} from '../helpers/admission.ts';
import { LAST_APPLIED } from '../helpers/kubectl.ts';
import { StoredIngress } from '../helpers/stored-ingress.ts';

// DESIGN 4 as sequences of writes, each through kubectl's own way of making the object.

const TICKETS = 'sluice.dev/tickets';
const ALIASES = 'sluice.dev/aliases';
const EDGE_SERVICES = 'sluice.dev/edge-services';
const ON_EMPTY_EDGE = 'sluice.dev/on-empty-edge';
const HOSTNAME = 'external-dns.kubernetes.io/hostname';
const FOO = '{"header":{"foo":"bar"}}';
const TMALL_KEY = hostKey('tmall.com');

const file = ingressOf();
const fileWith = (annotations: Readonly<Record<string, string>>): Manifest => ingressOf({ annotations });

/** A section changed where somebody edits: in the stored service-config. */
const handEdited = (object: Manifest, { hosts, ...drainage }: Manifest): Record<string, string> => ({
  [SERVICE_CONFIG]: canonicalJson({
    hosts: hosts ?? configOf(object).hosts,
    drainage: { ...drainageOf(object), ...drainage },
  }),
});

const withoutLastApplied = (object: Manifest): unknown => {
  const { [LAST_APPLIED]: _, ...annotations } = annotationsOf(object);
  return { ...object, metadata: { ...(object.metadata as Manifest), annotations } };
};

test('applying the unchanged file again and again leaves the stored object as it is', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO, [ALIASES]: 'www.taobao.com' }));
  const first = ingress.live;
  t.deepEqual(hostsOf(first), [TAOBAO_KEY]);
  for (let time = 0; time < 5; time += 1)
    t.deepEqual(ingress.apply(fileWith({ [TICKETS]: FOO, [ALIASES]: 'www.taobao.com' })).live, first);
});

test('an annotation that is none of ours changes nothing else', t => {
  const ingress = new StoredIngress().apply(file);
  const before = ingress.live;
  const after = ingress.annotate({ 'example.com/note': 'x' }).live;
  t.deepEqual(annotationsOf(after), { ...annotationsOf(before), 'example.com/note': 'x' });
  t.deepEqual(after.spec, before.spec);
  t.deepEqual(ingress.annotate({ 'example.com/note': null }).live, before);
});

test('a backend that is added joins the generated serviceMap, one that goes leaves it', t => {
  const ingress = new StoredIngress().apply(file);
  ingress.apply(ingressOf({ rules: [ruleOf('taobao.com', {}, { path: '/cart', service: 'cart' })] }));
  t.deepEqual(drainageOf(ingress.live).serviceMap, { cart: 'cart-edge', web: 'web-edge' });
  ingress.apply(file);
  t.deepEqual(drainageOf(ingress.live).serviceMap, { web: 'web-edge' });
  t.is(originsOf(ingress.live).serviceMap, 'generated');
});

test('a host that changes takes its domains and its DNS names along', t => {
  const ingress = new StoredIngress().apply(file).apply(ingressOf({ rules: [ruleOf('tmall.com')] }));
  t.deepEqual(configOf(ingress.live).hosts, { [TMALL_KEY]: ['tmall.com'] });
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'tmall.com');
});

const INTENTS = [
  {
    section: 'tickets',
    annotation: TICKETS,
    intent: FOO,
    stored: { header: { foo: 'bar' } },
    without: undefined,
  },
  {
    section: 'serviceMap',
    annotation: EDGE_SERVICES,
    intent: '{"web":"web-next"}',
    stored: { web: 'web-next' },
    without: { web: 'web-edge' },
  },
  {
    section: 'onEmptyEdge',
    annotation: ON_EMPTY_EDGE,
    intent: 'unavailable',
    stored: 'unavailable',
    without: undefined,
  },
] as const;

for (const { section, annotation, intent, stored, without } of INTENTS) {
  test(`the section ${section} comes with ${annotation} and goes with it, by annotate and by apply`, t => {
    const ingress = new StoredIngress().apply(file);
    const before = ingress.live;
    ingress.annotate({ [annotation]: intent });
    t.deepEqual(drainageOf(ingress.live)[section], stored);
    t.is(originsOf(ingress.live)[section], 'intent');
    t.deepEqual(ingress.annotate({ [annotation]: null }).live, before);
    ingress.apply(fileWith({ [annotation]: intent }));
    t.deepEqual(drainageOf(ingress.live)[section], stored);
    ingress.apply(file);
    t.deepEqual(drainageOf(ingress.live)[section], without);
  });

  test(`the section ${section} edited by hand stays, until the intent beats it with a warning`, t => {
    const edit = { tickets: { percent: 5 }, serviceMap: { web: 'web-hand' }, onEmptyEdge: 'stable' }[section];
    const ingress = new StoredIngress().apply(file);
    ingress.annotate(handEdited(ingress.live, { [section]: edit }));
    t.deepEqual(drainageOf(ingress.live)[section], edit);
    t.is(originsOf(ingress.live)[section], 'hand');
    t.deepEqual(ingress.warnings, []);
    const byHand = ingress.live;
    t.deepEqual(ingress.apply(file).live, byHand, 'kubectl apply of the file does not know of it');
    ingress.annotate({ [annotation]: intent });
    t.deepEqual(drainageOf(ingress.live)[section], stored);
    t.is(originsOf(ingress.live)[section], 'intent');
    t.is(ingress.warnings.length, 1);
    t.true(ingress.warnings[0]?.includes(annotation));
    t.deepEqual(ingress.annotate({ 'example.com/note': 'x' }).warnings, []);
  });

  test(`the section ${section} removed by hand is computed anew`, t => {
    const edit = { tickets: { percent: 5 }, serviceMap: { web: 'web-hand' }, onEmptyEdge: 'unavailable' }[
      section
    ];
    const ingress = new StoredIngress().apply(file);
    const before = ingress.live;
    ingress.annotate(handEdited(ingress.live, { [section]: edit }));
    ingress.annotate(handEdited(ingress.live, { [section]: undefined }));
    t.deepEqual(ingress.live, before);
  });
}

test('aliases come with their intent and go with it', t => {
  const ingress = new StoredIngress().apply(file);
  const before = ingress.live;
  ingress.annotate({ [ALIASES]: 'www.taobao.com' });
  t.deepEqual(configOf(ingress.live).hosts, { [TAOBAO_KEY]: ['taobao.com', 'www.taobao.com'] });
  t.is(originsOf(ingress.live).hosts, 'intent');
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'taobao.com,www.taobao.com');
  t.deepEqual(ingress.annotate({ [ALIASES]: null }).live, before);
});

test('a hand-written list of hosts stays as it is, is joined by a host that comes in raw, and yields to an intent', t => {
  const ingress = new StoredIngress().apply(file);
  ingress.annotate(handEdited(ingress.live, { hosts: { [TAOBAO_KEY]: ['taobao.cn'] } }));
  t.deepEqual(configOf(ingress.live).hosts, { [TAOBAO_KEY]: ['taobao.cn'] });
  t.is(originsOf(ingress.live).hosts, 'hand');
  t.deepEqual(ingress.annotate({ 'example.com/note': 'x' }).live.spec, ingress.live.spec);
  t.deepEqual(configOf(ingress.live).hosts, { [TAOBAO_KEY]: ['taobao.cn'] });
  ingress.apply(file);
  t.deepEqual(configOf(ingress.live).hosts, { [TAOBAO_KEY]: ['taobao.cn', 'taobao.com'] });
  ingress.annotate({ [ALIASES]: 'www.taobao.com' });
  t.deepEqual(configOf(ingress.live).hosts, { [TAOBAO_KEY]: ['taobao.com', 'www.taobao.com'] });
  t.is(ingress.warnings.length, 1);
});

test('hand-written hosts: plain names become keys, unreferenced keys go, a key without a list is completed', t => {
  const two = ingressOf({ rules: [ruleOf('taobao.com'), ruleOf('tmall.com')] });
  const ingress = new StoredIngress().apply(two);
  ingress.annotate(
    handEdited(ingress.live, {
      hosts: { 'Taobao.com': ['taobao.com', 'www.taobao.com'], [hostKey('jd.com')]: ['jd.com'] },
    }),
  );
  t.deepEqual(configOf(ingress.live).hosts, {
    [TAOBAO_KEY]: ['taobao.com', 'www.taobao.com'],
    [TMALL_KEY]: ['tmall.com'],
  });
});

test('the whole service-config removed is made anew', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO }));
  const before = ingress.live;
  t.deepEqual(ingress.annotate({ [SERVICE_CONFIG]: null }).live, before);
});

test('what kubectl replace leaves out is gone, hand-written sections too', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO, [ALIASES]: 'www.taobao.com' }));
  ingress.annotate(handEdited(ingress.live, { onEmptyEdge: 'unavailable' }));
  const fresh = new StoredIngress().apply(file).live;
  t.deepEqual(withoutLastApplied(ingress.replace(file).live), withoutLastApplied(fresh));
});

test('a record that was edited or removed makes sections hand-written, never anything else', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO }));
  const before = ingress.live;
  t.deepEqual(ingress.annotate({ 'sluice.dev/applied': null }).live.spec, before.spec);
  t.deepEqual(originsOf(ingress.live), originsOf(before), 'the old object still records them');
  ingress.annotate({
    'sluice.dev/applied': '{"by":"sluice.dev/router","entry":"","sections":{"tickets":"generated"}}',
  });
  t.deepEqual(originsOf(ingress.live), originsOf(before));
});

test('a copy without annotations, and one with all of them, is stored like the original', t => {
  const original = new StoredIngress().apply(fileWith({ [TICKETS]: FOO })).live;
  const bare = new StoredIngress().apply({ ...original, metadata: { name: 'copy', namespace: 'shop' } }).live;
  t.deepEqual(hostsOf(bare), hostsOf(original));
  t.deepEqual(configOf(bare).hosts, configOf(original).hosts);
  t.deepEqual(originsOf(bare), { hosts: 'generated', serviceMap: 'generated' });
  const whole = new StoredIngress().apply({
    ...original,
    metadata: { ...(original.metadata as Manifest), name: 'copy' },
  }).live;
  t.deepEqual(originsOf(whole), originsOf(original));
  t.deepEqual(configOf(whole), configOf(original));
});
