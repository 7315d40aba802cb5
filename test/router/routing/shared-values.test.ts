import test from 'ava';
import { SharedValues } from '../../../router/routing/shared-values.ts';

test('a value stays until its last holder lets go', t => {
  const values = new SharedValues<string>();
  const id = values.add('key', 'value');
  values.hold(id);
  values.hold(id);
  t.is(values.idOf('key'), id);
  t.is(values.release(id), undefined);
  t.is(values.at(id), 'value');
  t.is(values.release(id), 'value');
  t.is(values.idOf('key'), undefined);
  t.is(values.size, 0);
});

test('the number of a value that went is used again', t => {
  const values = new SharedValues<string>();
  const first = values.add('a', 'A');
  const second = values.add('b', 'B');
  values.hold(first);
  values.hold(second);
  values.release(first);
  t.is(values.add('c', 'C'), first);
  t.deepEqual([values.at(first), values.at(second)], ['C', 'B']);
});

test('to ask for what nobody holds is a bug', t => {
  const values = new SharedValues<string>();
  t.throws(() => values.at(0), { message: /nobody holds/ });
  const id = values.add('a', 'A');
  values.hold(id);
  values.release(id);
  t.throws(() => values.hold(id), { message: /nobody holds/ });
});
