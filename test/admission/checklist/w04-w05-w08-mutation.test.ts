// The rest of these three is in ../mutate.test.ts, as properties of the pure function.
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type AdmissionOptions, STANDALONE_OPTIONS } from '../../../src/admission/admission-options.ts';
import { MAX_ANNOTATION_BYTES } from '../../../src/admission/annotation-size.ts';
import { mutate } from '../../../src/admission/mutate.ts';
import { APPLIED } from '../../../src/core/annotation-names.ts';
import { isRecord } from '../../../src/core/canonical-json.ts';
import {
  annotationsOf,
  CLUSTER_OPTIONS,
  ingressOf,
  type Manifest,
  review,
  ruleOf,
  stored,
} from '../../helpers/admission.ts';
import { arbitraryIngress } from '../../helpers/arbitrary-ingress.ts';
import { annotated, applied, patched, replaced } from '../../helpers/kubectl.ts';

const EVERY_CLASS = { options: STANDALONE_OPTIONS };

const fieldsOf = (value: unknown): Manifest => (isRecord(value) ? value : {});

/** What mutating webhooks of others do to an Ingress, before and after ours. */
const OTHERS: Readonly<Record<string, (object: Manifest) => Manifest>> = {
  'a label': object => patched(object, { metadata: { labels: { team: 'shop' } } }),
  'an annotation': object => annotated(object, { 'policy.example/checked': 'yes' }),
  'a new annotations object': object => annotated(object, { 'a/b~c': 'd' }),
  'TLS for a host': object =>
    patched(object, { spec: { tls: [{ hosts: ['taobao.com'], secretName: 'tls' }] } }),
  'a rule with a host of its own': object => {
    const { rules } = fieldsOf(object.spec);
    const host = ruleOf('policy.example');
    return patched(object, { spec: { rules: [...(Array.isArray(rules) ? rules : []), host] } });
  },
  'another class': object => patched(object, { spec: { ingressClassName: 'nginx' } }),
};

const mutated = (object: unknown, oldObject: unknown = null) =>
  mutate({ object, oldObject }, { options: STANDALONE_OPTIONS, ingressClasses: [] });

test('W4 called again after another mutator it ends where it would have ended, and adds nothing the third time', t => {
  fc.assert(
    fc.property(arbitraryIngress, fc.constantFrom(...Object.keys(OTHERS)), (ingress, name) => {
      const other = OTHERS[name] ?? (object => object);
      const once = fieldsOf(review(ingress, EVERY_CLASS).object);
      const twice = fieldsOf(review(other(once), EVERY_CLASS).object);
      t.deepEqual(mutated(twice).patch, [], name);
    }),
    { numRuns: 300 },
  );
});

/** A rule more, with the paths that the first one has: nothing is said of Services that was not said before. */
const withPolicyRule = (object: Manifest): Manifest => {
  const { rules } = fieldsOf(object.spec);
  if (!Array.isArray(rules) || rules.length === 0) return object;
  const policy = { ...fieldsOf(rules[0]), host: 'policy.example' };
  return patched(object, { spec: { rules: [...rules, policy] } });
};

/** A file that somebody wrote, not a copy of what is stored: that one brings a record, which then need not fit its text. */
const withoutRecord = (file: Manifest): Manifest => {
  const annotations = annotationsOf(file);
  if (!isRecord(annotations)) return file;
  const { [APPLIED]: _, ...others } = annotations;
  return { ...file, metadata: { ...fieldsOf(file.metadata), annotations: others } };
};

test('W4 kubectl apply of an unchanged file settles though a mutator adds a rule behind ours every time', t => {
  let tried = 0;
  fc.assert(
    fc.property(arbitraryIngress.map(withoutRecord), file => {
      const first = review(applied(file, null), EVERY_CLASS);
      const live = review(withPolicyRule(fieldsOf(first.object)), EVERY_CLASS);
      if (live.denials.length > 0) return;
      tried += 1;
      const old = { ...EVERY_CLASS, old: live.object };
      const called = review(applied(file, fieldsOf(live.object)), old);
      t.deepEqual(review(withPolicyRule(fieldsOf(called.object)), old).object, live.object);
    }),
    { numRuns: 300 },
  );
  t.true(tried > 50);
});

const TWO_CLASSES: AdmissionOptions = {
  ...CLUSTER_OPTIONS,
  classes: [
    { name: 'sluice', entry: '' },
    { name: 'internal', entry: 'lan' },
  ],
};

// Classes change between the two, so some of them leave and some come back.
test('W4 an update that is reviewed twice is stored, and warned of, like one that is reviewed once', t => {
  fc.assert(
    fc.property(arbitraryIngress, arbitraryIngress, (file, next) => {
      const options = { options: TWO_CLASSES };
      const live = review(file, options);
      if (live.denials.length > 0) return;
      const object = applied(next, fieldsOf(live.object));
      const once = review(object, { ...options, old: live.object });
      const again = mutate(
        { object: once.object, oldObject: live.object },
        { ...options, ingressClasses: [] },
      );
      t.deepEqual(again.patch, []);
      t.deepEqual(
        again.warnings.filter(warning => !once.warnings.includes(warning)),
        [],
      );
    }),
    { numRuns: 400 },
  );
});

const seed = (name: string): Manifest =>
  fieldsOf(parse(readFileSync(new URL(`../../../examples/taobao/seed/${name}`, import.meta.url), 'utf8')));

/** Server-side apply by the one manager that owns all of it: lists of rules are atomic, annotations a map. */
const serverSideApplied = (file: Manifest, live: Manifest): Manifest => {
  const { rules } = fieldsOf(file.spec);
  return annotated(
    patched(live, { spec: { ...fieldsOf(file.spec), ...(Array.isArray(rules) ? { rules } : {}) } }),
    {
      ...(annotationsOf(file) as Record<string, string>),
    },
  );
};

const WAYS: Readonly<Record<string, (file: Manifest, live: Manifest) => Manifest>> = {
  'kubectl apply': applied,
  'kubectl apply --server-side': serverSideApplied,
  'kubectl replace': replaced,
};

for (const [way, write] of Object.entries(WAYS)) {
  for (const name of ['ingress-before.yaml', 'ingress-after.yaml']) {
    test(`W8 ${way} of the seed's ${name} a hundred times: settled after the first`, t => {
      const file = seed(name);
      const created = way === 'kubectl apply' ? applied(file, null) : file;
      const first = stored(created, EVERY_CLASS);
      let live = first;
      for (let round = 0; round < 100; round += 1) {
        live = stored(write(file, live), { ...EVERY_CLASS, old: live });
        t.deepEqual(live, first);
      }
    });
  }
}

test('W5 annotations that fit only without ours are warned of, in bytes', t => {
  const filled = (bytes: number) => ingressOf({ annotations: { note: '杭'.repeat(Math.floor(bytes / 3)) } });
  const sizeOf = (object: unknown): number =>
    Object.entries(annotationsOf(object)).reduce(
      (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)),
      0,
    );
  const most = MAX_ANNOTATION_BYTES - sizeOf(stored(filled(0)));
  t.deepEqual(review(filled(most)).warnings, []);
  const over = review(filled(most + 3));
  t.is(over.warnings.length, 1);
  t.regex(
    over.warnings[0] ?? '',
    /^metadata\.annotations: \d+ bytes of yours and \d+ that admission adds are more than the 262144 that the API server stores; shorten yours\.$/,
  );
  // Without us it would not fit either: the API server says so, and it is not our doing.
  t.deepEqual(review(filled(MAX_ANNOTATION_BYTES + 3)).warnings, []);
});
