import test from 'ava';
import { APPLIED, CLASS } from '../../src/core/annotation-names.ts';
import {
  CONTROLLER_NAME,
  entriesFor,
  ingressClassOf,
  type ScopeOptions,
  scopeOf,
} from '../../src/core/ingress-scope.ts';
import type { IngressClass } from '../../src/core/objects/ingress-class.ts';
import { type IngressParts, ingress } from '../helpers/ingress-objects.ts';
import { metadata } from '../helpers/kubernetes-objects.ts';

const OPTIONS: ScopeOptions = {
  controllerName: CONTROLLER_NAME,
  classes: [{ name: 'sluice', entry: '' }],
  everyClass: false,
};

const ingressClass = (name: string, controller = CONTROLLER_NAME): IngressClass => ({
  kind: 'IngressClass',
  metadata: metadata(name, { namespace: '' }),
  controller,
});

const classed = (className: string | undefined, annotation?: string): IngressParts => ({
  ...(className === undefined ? {} : { className }),
  ...(annotation === undefined ? {} : { annotations: { [CLASS]: annotation } }),
});

test('the annotation of the class beats the field', t => {
  t.is(ingressClassOf(ingress(classed('sluice', 'nginx'))), 'nginx');
  t.is(ingressClassOf(ingress(classed('sluice'))), 'sluice');
  t.is(ingressClassOf(ingress(classed(undefined, 'nginx'))), 'nginx');
  t.is(ingressClassOf(ingress({})), null);
});

const entries = test.macro({
  exec(
    t,
    options: Partial<ScopeOptions>,
    classes: readonly IngressClass[],
    parts: IngressParts,
    entry: string | null,
  ) {
    t.is(scopeOf({ ...OPTIONS, ...options }, classes).entryOf(ingress(parts)), entry);
  },
  title: (title = '') => title,
});

const INTERNAL = {
  classes: [
    { name: 'sluice', entry: '' },
    { name: 'internal', entry: 'lb2' },
  ],
};
const EVERY = { everyClass: true, classes: [] };
test('a named class is ours', entries, {}, [], classed('sluice'), '');
test('a named class in the annotation is ours', entries, {}, [], classed(undefined, 'sluice'), '');
test('another class is not ours', entries, {}, [], classed('nginx'), null);
test('the annotation takes an Ingress away from us', entries, {}, [], classed('sluice', 'nginx'), null);
test('an Ingress without a class is not ours', entries, {}, [], {}, null);
test('an empty class is not ours', entries, {}, [], classed(undefined, ''), null);
test('a class has an entry of its own', entries, INTERNAL, [], classed('internal'), 'lb2');
test('a name on the prototype is no class', entries, {}, [], classed('constructor'), null);
test('classes are told apart by case', entries, {}, [], classed('Sluice'), null);
test('an IngressClass of our controller is ours', entries, {}, [ingressClass('edge')], classed('edge'), '');
test(
  'an IngressClass of another controller is not',
  entries,
  {},
  [ingressClass('edge', 'k8s.io/ingress-nginx')],
  classed('edge'),
  null,
);
test(
  'a named class has its own entry although an IngressClass is of that name',
  entries,
  INTERNAL,
  [ingressClass('internal')],
  classed('internal'),
  'lb2',
);
test('standalone takes every class', entries, EVERY, [], classed('nginx'), '');
test('standalone takes an Ingress without a class', entries, EVERY, [], {}, '');
test(
  'standalone keeps the entry of a named class',
  entries,
  { ...INTERNAL, everyClass: true },
  [],
  classed('internal'),
  'lb2',
);

test('the keys that we tell from foreign ones are those of every entry, each once', t => {
  const scope = scopeOf({ ...OPTIONS, ...INTERNAL }, [ingressClass('other')]);
  t.deepEqual(scope.entries, ['', 'lb2']);
});

test('the entry that an Ingress was last keyed with is one of its own', t => {
  const scope = scopeOf(OPTIONS, []);
  const recorded = (entry: string) =>
    ingress({
      annotations: { [APPLIED]: JSON.stringify({ by: CONTROLLER_NAME, entry, sections: {}, dns: [] }) },
    });
  t.deepEqual(entriesFor(scope, recorded('lb3'), null), ['', 'lb3']);
  t.deepEqual(entriesFor(scope, recorded('lb3'), recorded('lb4')), ['', 'lb3', 'lb4']);
  t.deepEqual(entriesFor(scope, recorded('')), ['']);
  t.deepEqual(entriesFor(scope, ingress({ annotations: { [APPLIED]: '{' } }), null), ['']);
});
