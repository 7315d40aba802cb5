import test from 'ava';
import jsonpatch from 'jsonpatch';
import { mutate } from '../../src/admission/mutate.ts';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { hostKey } from '../../src/core/host-key.ts';
import { parseIngressClass } from '../../src/core/objects/parse-ingress-class.ts';
import {
  annotationsOf,
  appliedOf,
  CLUSTER_OPTIONS,
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

// DESIGN 5, "Leaving", as sequences of writes.

const TICKETS = 'sluice.dev/tickets';
const ALIASES = 'sluice.dev/aliases';
const ON_EMPTY_EDGE = 'sluice.dev/on-empty-edge';
const SERVER_ALIAS = 'nginx.ingress.kubernetes.io/server-alias';
const HOSTNAME = 'external-dns.kubernetes.io/hostname';
const SOURCE = 'external-dns.kubernetes.io/ingress-hostname-source';
const FOO = '{"header":{"foo":"bar"}}';

const file = ingressOf();
const fileWith = (annotations: Readonly<Record<string, string>>): Manifest => ingressOf({ annotations });

/** A section changed where somebody edits: in the stored service-config. */
const handEdited = (object: Manifest, { hosts, ...drainage }: Manifest): Record<string, string> => ({
  [SERVICE_CONFIG]: canonicalJson({
    hosts: hosts ?? configOf(object).hosts,
    drainage: { ...drainageOf(object), ...drainage },
  }),
});

const inClass = (name: string): Manifest => ({ spec: { ingressClassName: name } });

test('an Ingress that leaves gets its hosts back, loses what we wrote, and is the same again when it comes back', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO, 'example.com/note': 'x' }));
  const here = ingress.live;
  const away = ingress.patch(inClass('nginx')).live;
  t.deepEqual(hostsOf(away), ['taobao.com']);
  t.deepEqual(Object.keys(annotationsOf(away)).sort(), ['example.com/note', LAST_APPLIED, TICKETS].sort());
  t.deepEqual(ingress.annotate({ 'example.com/note': 'y' }).live, {
    ...away,
    metadata: {
      ...(away.metadata as Manifest),
      annotations: { ...annotationsOf(away), 'example.com/note': 'y' },
    },
  });
  ingress.annotate({ 'example.com/note': 'x' }).patch(inClass('sluice'));
  t.deepEqual(ingress.live, here);
});

test('aliases of an Ingress that leaves go to server-alias, whatever way it goes', t => {
  const aliased = fileWith({ [ALIASES]: 'www.taobao.com, *.m.taobao.com' });
  const byPatch = new StoredIngress().apply(aliased).patch(inClass('nginx')).live;
  const byApply = new StoredIngress()
    .apply(aliased)
    .apply(
      ingressOf({ className: 'nginx', annotations: { [ALIASES]: 'www.taobao.com, *.m.taobao.com' } }),
    ).live;
  const intentGone = new StoredIngress().apply(aliased).apply(ingressOf({ className: 'nginx' })).live;
  for (const away of [byPatch, byApply, intentGone]) {
    t.deepEqual(hostsOf(away), ['taobao.com']);
    t.is(annotationsOf(away)[SERVER_ALIAS], 'www.taobao.com,*.m.taobao.com');
    t.false(Object.hasOwn(annotationsOf(away), SERVICE_CONFIG));
  }
});

test('names in server-alias that its author wrote stay when it is left and are not repeated', t => {
  const ingress = new StoredIngress().apply(fileWith({ [SERVER_ALIAS]: 'a.com, b.com', [ALIASES]: 'c.com' }));
  t.is(annotationsOf(ingress.patch(inClass('nginx')).live)[SERVER_ALIAS], 'a.com,b.com,c.com');
});

test('the class annotation beats the field, so it can take an Ingress away and bring it back', t => {
  const ingress = new StoredIngress().apply(file);
  const here = ingress.live;
  t.deepEqual(hostsOf(ingress.annotate({ 'kubernetes.io/ingress.class': 'nginx' }).live), ['taobao.com']);
  t.deepEqual(hostsOf(ingress.annotate({ 'kubernetes.io/ingress.class': null }).live), hostsOf(here));
});

test('hand-written sections stay when the class is left, generated and intent ones go', t => {
  const ingress = new StoredIngress().apply(fileWith({ [ON_EMPTY_EDGE]: 'unavailable' }));
  ingress.annotate(handEdited(ingress.live, { tickets: { percent: 5 } }));
  const away = ingress.patch(inClass('nginx')).live;
  t.deepEqual(configOf(away), { drainage: { tickets: { percent: 5 } } });
  const back = ingress.patch(inClass('sluice')).live;
  t.deepEqual(drainageOf(back).tickets, { percent: 5 });
  t.deepEqual(originsOf(back), {
    hosts: 'generated',
    onEmptyEdge: 'intent',
    serviceMap: 'generated',
    tickets: 'hand',
  });
});

test("a section edited in the very write that leaves the class is its author's and stays", t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO }));
  const edit = handEdited(ingress.live, { tickets: { percent: 7 } });
  const away = ingress.patch({ ...inClass('nginx'), metadata: { annotations: edit } }).live;
  t.deepEqual(configOf(away), { drainage: { tickets: { percent: 7 } } });
});

test("our DNS annotations go with the class, a user's names and settings stay", t => {
  const ingress = new StoredIngress().apply(
    fileWith({
      [HOSTNAME]: 'shop.example.com',
      'external-dns.alpha.kubernetes.io/ingress-hostname-source': 'annotation-only',
    }),
  );
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'shop.example.com,taobao.com');
  const away = annotationsOf(ingress.patch(inClass('nginx')).live);
  t.is(away[HOSTNAME], 'shop.example.com');
  t.false(Object.hasOwn(away, SOURCE));
  t.is(away['external-dns.alpha.kubernetes.io/ingress-hostname-source'], 'annotation-only');
  t.false(Object.hasOwn(away, 'external-dns.alpha.kubernetes.io/hostname'));
});

test("a user's DNS names come and go beside ours", t => {
  const ingress = new StoredIngress().apply(file);
  ingress.apply(fileWith({ [HOSTNAME]: 'shop.example.com' }));
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'shop.example.com,taobao.com');
  ingress.apply(fileWith({ [HOSTNAME]: 'store.example.com' }));
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'store.example.com,taobao.com');
  ingress.apply(file);
  t.is(annotationsOf(ingress.live)[HOSTNAME], 'taobao.com');
});

test('a rule without host has none again after it left', t => {
  const ingress = new StoredIngress().apply(ingressOf({ rules: [ruleOf(null)] }));
  t.deepEqual(hostsOf(ingress.live), [hostKey('')]);
  const here = ingress.live;
  const away = ingress.patch(inClass('nginx')).live;
  t.deepEqual(hostsOf(away), [undefined]);
  t.false(Object.hasOwn((away.spec as { rules: [Manifest] }).rules[0], 'host'));
  t.false(Object.hasOwn(annotationsOf(away), SERVER_ALIAS));
  t.deepEqual(ingress.patch(inClass('sluice')).live, here);
});

for (const { how, aliases } of [
  {
    how: 'written as an intent',
    aliases: { [ALIASES]: '{"taobao.com":["www.taobao.com"],"tmall.com":["www.tmall.com"]}' },
  },
  {
    how: 'written by hand',
    aliases: {
      [SERVICE_CONFIG]: canonicalJson({
        hosts: { 'taobao.com': ['www.taobao.com'], 'tmall.com': ['www.tmall.com'] },
      }),
    },
  },
]) {
  test(`an Ingress of two hosts with aliases ${how} leaves and comes back with each alias at its host`, t => {
    const ingress = new StoredIngress().apply(
      ingressOf({ annotations: aliases, rules: [ruleOf('taobao.com'), ruleOf('tmall.com')] }),
    );
    const here = configOf(ingress.live).hosts;
    const away = ingress.patch(inClass('nginx')).live;
    t.deepEqual(hostsOf(away), ['taobao.com', 'tmall.com']);
    t.deepEqual(
      new Set(String(annotationsOf(away)[SERVER_ALIAS]).split(',')),
      new Set(['www.taobao.com', 'www.tmall.com']),
    );
    t.deepEqual(configOf(ingress.patch(inClass('sluice')).live).hosts, here);
    t.deepEqual(configOf(ingress.annotate({ 'example.com/note': 'x' }).live).hosts, here);
  });
}

test('deleting the IngressClass gives nothing back, and a write is warned of; another class does', t => {
  const internal = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'internal' },
    spec: { controller: 'sluice.dev/router' },
  };
  const parsed = parseIngressClass(internal);
  const ingressClasses = parsed.ok ? [parsed.value] : [];
  t.is(ingressClasses.length, 1);
  const object = ingressOf({ className: 'internal' });
  const context = { options: CLUSTER_OPTIONS, ingressClasses };
  const live = jsonpatch.apply_patch(object, [...mutate({ object, oldObject: null }, context).patch]);
  t.deepEqual(hostsOf(live), [TAOBAO_KEY]);
  const gone = { options: CLUSTER_OPTIONS, ingressClasses: [] };
  const { patch, warnings } = mutate({ object: live, oldObject: live }, gone);
  t.deepEqual(patch, []);
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /^no IngressClass "internal" is there any more/);
  t.deepEqual(mutate({ object: live, oldObject: live }, context), { patch: [], warnings: [] });
  const elsewhere = { ...ingressOf({ className: 'nginx' }), metadata: (live as Manifest).metadata };
  const left = jsonpatch.apply_patch(elsewhere, [
    ...mutate({ object: elsewhere, oldObject: live }, gone).patch,
  ]);
  t.deepEqual(hostsOf(left), ['taobao.com']);
});

test('from one class of ours to another the hosts are keyed anew and the aliases kept', t => {
  const options = {
    classes: [
      { name: 'sluice', entry: '' },
      { name: 'internal', entry: 'lan' },
    ],
  };
  const ingress = new StoredIngress({ options }).apply(fileWith({ [ALIASES]: 'www.taobao.com' }));
  ingress.patch(inClass('internal'));
  t.deepEqual(hostsOf(ingress.live), [hostKey('taobao.com', 'lan')]);
  t.deepEqual(configOf(ingress.live).hosts, {
    [hostKey('taobao.com', 'lan')]: ['taobao.com', 'www.taobao.com'],
  });
  t.is(appliedOf(ingress.live).entry, 'lan');
  t.deepEqual(hostsOf(ingress.patch(inClass('sluice')).live), [TAOBAO_KEY]);
});

test('rewrite "off" gives the hosts back and keeps the rules of the service-config, "on" takes them again', t => {
  const ingress = new StoredIngress().apply(fileWith({ [TICKETS]: FOO }));
  const here = ingress.live;
  ingress.annotate({ 'sluice.dev/rewrite': 'off' });
  t.deepEqual(hostsOf(ingress.live), ['taobao.com']);
  t.deepEqual(configOf(ingress.live), configOf(here));
  t.false(Object.hasOwn(annotationsOf(ingress.live), HOSTNAME));
  t.deepEqual(ingress.annotate({ 'sluice.dev/rewrite': null }).live, here);
});
