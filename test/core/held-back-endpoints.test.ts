import test from 'ava';
import { HeldBackEndpoints, HOLD_BACK_MS } from '../../src/core/held-back-endpoints.ts';
import type { EndpointSlice } from '../../src/core/objects/endpoint-slice.ts';
import { podRef, slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';

const endpoint = (name: string, ready = true) =>
  sliceEndpoint(`10.0.0.${name.length}`, { ready, serving: ready, targetRef: podRef(name, `uid-${name}`) });

/** Names of the endpoints that get requests. */
const ready = ({ endpoints }: EndpointSlice): readonly (string | undefined)[] =>
  endpoints.filter(each => each.ready).map(({ targetRef }) => targetRef?.name);

test('what was listed before we looked is not held back, and the slice stays the same object', t => {
  const held = new HeldBackEndpoints();
  const first = slice('cart', [endpoint('a')]);
  t.is(held.take(first, 0, false), first);
  t.is(held.nextMs, null);
});

test('an endpoint that first appears ready waits half a second; those beside it do not', t => {
  const held = new HeldBackEndpoints();
  held.take(slice('cart', [endpoint('a')]), 0, false);
  const both = slice('cart', [endpoint('a'), endpoint('bb')]);
  t.deepEqual(ready(held.take(both, 1_000, true)), ['a']);
  t.is(held.nextMs, 1_000 + HOLD_BACK_MS);
  t.deepEqual(held.due(1_000 + HOLD_BACK_MS - 1), []);
  t.deepEqual(held.due(1_000 + HOLD_BACK_MS), [both]);
  t.is(held.nextMs, null);
});

test('one that was seen before, not ready, is not held back', t => {
  const held = new HeldBackEndpoints();
  held.take(slice('cart', [endpoint('a', false)]), 0, true);
  t.deepEqual(ready(held.take(slice('cart', [endpoint('a')]), 10, true)), ['a']);
});

test('one that moves to another slice of its Service is known', t => {
  const held = new HeldBackEndpoints();
  held.take(slice('cart', [endpoint('a')], { metadata: { name: 'one' } }), 0, false);
  t.deepEqual(ready(held.take(slice('cart', [endpoint('a')], { metadata: { name: 'two' } }), 10, true)), [
    'a',
  ]);
});

test('one that comes again after its slice has gone is new', t => {
  const held = new HeldBackEndpoints();
  const first = slice('cart', [endpoint('a')]);
  held.take(first, 0, false);
  held.forget(first);
  t.deepEqual(ready(held.take(first, 10, true)), []);
});

test('it stays held back through further versions of its slice, and no longer', t => {
  const held = new HeldBackEndpoints();
  held.take(slice('cart', []), 0, false);
  t.deepEqual(ready(held.take(slice('cart', [endpoint('a')]), 100, true)), []);
  t.deepEqual(ready(held.take(slice('cart', [endpoint('a'), endpoint('bb', false)]), 400, true)), []);
  t.deepEqual(ready(held.take(slice('cart', [endpoint('a')]), 100 + HOLD_BACK_MS, true)), ['a']);
});

test('two Services do not know of each other', t => {
  const held = new HeldBackEndpoints();
  held.take(slice('cart', [endpoint('a')]), 0, false);
  t.deepEqual(ready(held.take(slice('www', [endpoint('a')]), 10, true)), []);
});
