import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import jsonpatch from 'jsonpatch';
import { parse } from 'yaml';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { admit } from '../../src/admission/admit.ts';
import { mutate } from '../../src/admission/mutate.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import {
  annotationsOf,
  configOf,
  drainageOf,
  hostsOf,
  review,
  SERVICE_CONFIG,
  TAOBAO_KEY,
} from '../helpers/admission.ts';
import { goldenReview } from '../helpers/golden-admission.ts';
import { goldenFiles, readDocuments } from '../helpers/golden-files.ts';

const seedPath = (name: string): string =>
  fileURLToPath(new URL(`../../examples/taobao/seed/${name}`, import.meta.url));

const seed = (name: string): unknown => parse(readFileSync(seedPath(name), 'utf8'));

const cases = goldenFiles().filter(({ stage }) => stage === 'admission');

const admitSeed = (name: string) => review(seed(name), { options: STANDALONE_OPTIONS });

for (const name of ['before', 'after']) {
  test(`the golden case seed-${name} is the seed's own file`, t => {
    const golden = cases.find(file => file.name === `seed-${name}`);
    t.is(
      readFileSync(golden?.inputPath ?? '', 'utf8'),
      readFileSync(seedPath(`ingress-${name}.yaml`), 'utf8'),
    );
  });
}

test("the seed's Ingress gets its host key, and every Service an edge", t => {
  const { object, denials, warnings } = admitSeed('ingress-before.yaml');
  t.deepEqual(denials, []);
  t.deepEqual(warnings, []);
  t.deepEqual(hostsOf(object), [TAOBAO_KEY]);
  t.deepEqual(configOf(object).hosts, { [TAOBAO_KEY]: ['taobao.com'] });
  t.deepEqual(drainageOf(object), {
    serviceMap: {
      'cart-svc': 'cart-svc-edge',
      'order-svc': 'order-svc-edge',
      'www-svc': 'www-svc-edge',
    },
  });
});

test("the seed's rewritten Ingress is valid and keeps its rules and its service-config byte for byte", t => {
  const before = seed('ingress-after.yaml');
  const { object, denials, patch } = admitSeed('ingress-after.yaml');
  t.deepEqual(denials, []);
  t.deepEqual(isRecord(object) && object.spec, isRecord(before) && before.spec);
  t.is(annotationsOf(object)[SERVICE_CONFIG], annotationsOf(before)[SERVICE_CONFIG]);
  t.deepEqual(
    patch.map(({ op, path }) => `${op} ${path}`),
    [
      'add /metadata/annotations/sluice.dev~1applied',
      'add /metadata/annotations/external-dns.kubernetes.io~1hostname',
      'add /metadata/annotations/external-dns.kubernetes.io~1ingress-hostname-source',
      'add /metadata/annotations/external-dns.alpha.kubernetes.io~1hostname',
      'add /metadata/annotations/external-dns.alpha.kubernetes.io~1ingress-hostname-source',
    ],
  );
});

for (const name of ['ingress-before.yaml', 'ingress-after.yaml']) {
  test(`on its own output for the seed's ${name} admission changes nothing`, t => {
    const { object } = admitSeed(name);
    for (const old of [null, object]) {
      const again = review(object, { old, options: STANDALONE_OPTIONS });
      t.deepEqual(again.denials, []);
      t.deepEqual(again.patch, []);
      t.is(again.object, object);
    }
  });
}

for (const file of cases) {
  test(`golden case ${file.name}: the library's patch gives the stored object, which is mutated no more`, t => {
    const { reviewed, context } = goldenReview(readDocuments(file.inputPath));
    const { object, patch } = admit(reviewed, context);
    t.deepEqual(jsonpatch.apply_patch(reviewed.object, [...patch]), object);
    const { options, view } = context;
    const again = (oldObject: unknown) =>
      mutate({ object, oldObject }, { options, ingressClasses: view.ingressClasses }).patch;
    t.deepEqual(again(null), []);
    t.deepEqual(again(object), []);
  });
}
