import test from 'ava';
import jsonpatch from 'jsonpatch';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { admit } from '../../src/admission/admit.ts';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { restorationOf } from '../../src/cli/restored-ingress.ts';
import { hostKey } from '../../src/core/host-key.ts';
import { rawIngress } from '../helpers/ingress-objects.ts';

const OPTIONS = { ...STANDALONE_OPTIONS, everyClass: false, classes: [{ name: 'sluice', entry: 'public' }] };
const RAW = rawIngress({
  className: 'sluice',
  rules: [
    ['a.example', {}],
    ['', {}],
  ],
});

const admitted = admit(
  { object: RAW, oldObject: null },
  { options: OPTIONS, view: LONE_VIEW, nowMs: Date.UTC(2026, 0, 1) },
).object;

const restored = (json: unknown): unknown => {
  const { apply_patch: apply } = jsonpatch as unknown as {
    readonly apply_patch: (document: unknown, patch: unknown) => unknown;
  };
  return apply(structuredClone(json), restorationOf(OPTIONS)(json));
};

const hostsOf = (json: unknown): readonly unknown[] =>
  (json as { readonly spec: { readonly rules: readonly { readonly host?: string }[] } }).spec.rules.map(
    ({ host }) => host,
  );

test('an Ingress of our own class gets its hosts back, and nothing of ours stays', t => {
  t.deepEqual(hostsOf(admitted), [hostKey('a.example', 'public'), hostKey('', 'public')]);
  t.deepEqual(hostsOf(restored(admitted)), ['a.example', undefined]);
  t.false(JSON.stringify(restored(admitted)).includes('sluice.dev/applied'));
});

test('a copy without annotations is given back too', t => {
  const copy = rawIngress({ className: 'other', rules: [[hostKey('a.example', 'public'), {}]] });
  t.deepEqual(hostsOf(restored(copy)), ['a.example']);
});

test('what is restored, and what was never ours, has nothing to restore', t => {
  t.deepEqual(restorationOf(OPTIONS)(restored(admitted)), []);
  t.deepEqual(restorationOf(OPTIONS)(RAW), []);
  t.deepEqual(restorationOf(OPTIONS)(rawIngress({ className: 'nginx', rules: [['b.example', {}]] })), []);
});
