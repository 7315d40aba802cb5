import test from 'ava';
import fc from 'fast-check';
import jsonpatch from 'jsonpatch';
import type { AdmissionOptions } from '../../src/admission/admission-options.ts';
import { admit } from '../../src/admission/admit.ts';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { mutate } from '../../src/admission/mutate.ts';
import { validate } from '../../src/admission/validate.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import { hostKey } from '../../src/core/host-key.ts';
import {
  APPLIED,
  annotationsOf,
  CLUSTER_OPTIONS,
  configOf,
  frozen,
  hostsOf,
  ingressOf,
  type Manifest,
  NOW_MS,
  review,
  ruleOf,
  stored,
} from '../helpers/admission.ts';
import { arbitraryIngress, arbitraryJsonObject } from '../helpers/arbitrary-ingress.ts';
import { annotated, applied } from '../helpers/kubectl.ts';
import { OURS, untouchable, without } from '../helpers/untouchable.ts';

const RUNS = { numRuns: 400 };

const OPTIONS: AdmissionOptions = {
  ...CLUSTER_OPTIONS,
  classes: [
    { name: 'sluice', entry: '' },
    { name: 'internal', entry: 'lan' },
  ],
};

const mutated = (object: unknown, oldObject: unknown = null) =>
  mutate({ object, oldObject }, { options: OPTIONS, ingressClasses: [] });

const admitted = (object: unknown, oldObject: unknown = null) =>
  admit({ object, oldObject }, { options: OPTIONS, view: LONE_VIEW, nowMs: NOW_MS });

const text = (value: unknown): string => JSON.stringify(value);

test('W5 the library applies the patch to exactly the object that is validated', t => {
  fc.assert(
    fc.property(arbitraryIngress, ingress => {
      const { patch, object } = admitted(ingress);
      // The library loses members named __proto__ of what it copies; the API server does not.
      const plain: unknown = JSON.parse(text(ingress).replaceAll('__proto__', 'proto'));
      const expected: unknown = JSON.parse(text(object).replaceAll('__proto__', 'proto'));
      t.is(text(jsonpatch.apply_patch(plain, [...patch])), text(expected));
    }),
    RUNS,
  );
});

test('W5 nothing is touched but our annotations and the hosts of rules, and all keys keep their order', t => {
  fc.assert(
    fc.property(arbitraryIngress, ingress => {
      t.is(untouchable(admitted(ingress).object), untouchable(ingress));
    }),
    RUNS,
  );
});

test('W5 a patch holds only operations that change something', t => {
  fc.assert(
    fc.property(arbitraryIngress, ingress => {
      const { patch } = mutated(ingress);
      for (const operation of patch) {
        t.not(text(jsonpatch.apply_patch(JSON.parse(text(ingress)), [operation])), text(ingress));
      }
      t.is(new Set(patch.map(({ path }) => path)).size, patch.length);
    }),
    RUNS,
  );
});

test('W4 what is stored is mutated no more, neither as a new object nor as an update of itself', t => {
  fc.assert(
    fc.property(arbitraryIngress, ingress => {
      const { object } = admitted(ingress);
      t.deepEqual(mutated(object).patch, []);
      t.deepEqual(mutated(object, object).patch, []);
    }),
    RUNS,
  );
});

test('W8 kubectl apply of the unchanged file leaves the stored object as it is, however often', t => {
  let seen = 0;
  fc.assert(
    fc.property(arbitraryIngress, file => {
      const first = admitted(applied(file, null));
      if (first.denials.length > 0 || !isRecord(first.object)) return;
      seen += 1;
      const second = admitted(applied(file, first.object), first.object);
      // A file with our own record in it says whose sections they are on CREATE only: what was computed anew then
      // is its author's word from the second write on, with the mistakes in it. It settles one write later.
      if (!Object.hasOwn(annotationsOf(file), APPLIED)) {
        t.deepEqual(second.denials, []);
        t.deepEqual(second.object, first.object);
      }
      if (second.denials.length > 0 || !isRecord(second.object)) return;
      const third = admitted(applied(file, second.object), second.object);
      t.deepEqual(third.object, second.object);
    }),
    RUNS,
  );
  t.true(seen > 80, `only ${seen} generated Ingresses were admitted`);
});

const withClass = (object: unknown, name: string): Manifest =>
  annotated(isRecord(object) ? object : {}, { 'kubernetes.io/ingress.class': name });

const domainsOf = (object: unknown): readonly unknown[] => Object.values(configOf(object).hosts ?? {}).flat();

test('an Ingress that leaves our class and comes back keeps what its author wrote and serves all it did', t => {
  let seen = 0;
  fc.assert(
    fc.property(arbitraryIngress, file => {
      const ingress = withClass(file, 'sluice');
      const here = admitted(ingress);
      if (here.denials.length > 0) return;
      seen += 1;
      const gone = admitted(withClass(here.object, 'nginx'), here.object);
      const written = (object: unknown): unknown =>
        without(annotationsOf(object), name => OURS.has(name) || name === 'kubernetes.io/ingress.class');
      t.deepEqual(gone.denials, []);
      t.deepEqual(written(gone.object), written(ingress));
      t.false(Object.hasOwn(annotationsOf(gone.object), APPLIED));
      t.false(hostsOf(gone.object).some(host => typeof host === 'string' && host.endsWith(hostKey(''))));
      const back = admitted(withClass(gone.object, 'sluice'), gone.object);
      t.deepEqual(back.denials, []);
      t.deepEqual(hostsOf(back.object), hostsOf(here.object));
      const domains = domainsOf(back.object);
      t.deepEqual(
        domainsOf(here.object).filter(domain => !domains.includes(domain)),
        [],
      );
    }),
    RUNS,
  );
  t.true(seen > 80, `only ${seen} generated Ingresses were admitted`);
});

test('W6 a review is answered alike each time, and what it holds is not written to', t => {
  fc.assert(
    fc.property(arbitraryIngress, arbitraryIngress, (ingress, old) => {
      frozen(ingress);
      frozen(old);
      const before = text([ingress, old]);
      t.deepEqual(admitted(ingress, old), admitted(ingress, old));
      t.is(text([ingress, old]), before);
    }),
    RUNS,
  );
});

test('no JSON makes mutate or validate throw', t => {
  fc.assert(
    fc.property(arbitraryJsonObject, fc.option(arbitraryJsonObject), (object, oldObject) => {
      t.notThrows(() => {
        mutated(object, oldObject);
        validate({ object, oldObject }, { options: OPTIONS, view: LONE_VIEW, nowMs: NOW_MS });
        admitted(object, oldObject);
      });
    }),
    { numRuns: 1000 },
  );
});

test('a hundred thousand brackets in an unknown field or an annotation are data', t => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const object = ingressOf({
    spec: { future: deep },
    annotations: { 'sluice.dev/tickets': '['.repeat(60_000) },
  });
  t.deepEqual(
    review(object).denials.map(({ code }) => code),
    ['AnnotationInvalid'],
  );
  const good = stored(ingressOf({ spec: { future: deep } }));
  t.is((good.spec as Manifest).future, deep);
});

test('W5 a missing and a null annotations field both come to hold ours', t => {
  for (const metadata of [{}, { annotations: null }]) {
    const object = stored(ingressOf({ metadata }));
    t.is(typeof annotationsOf(object)['sluice.dev/applied'], 'string');
  }
});

test('W5 an annotation named __proto__ stays data', t => {
  const annotations = JSON.parse('{"__proto__":"kept","a":"b"}') as Record<string, string>;
  const object = stored(ingressOf({ annotations, rules: [ruleOf('taobao.com')] }));
  t.deepEqual(Object.keys(annotationsOf(object)).slice(0, 2), ['__proto__', 'a']);
});
