import test from 'ava';
import { isLoop, ownHops, parsedMaxForwards } from '../../../router/http1/hops.ts';

const hops = test.macro({
  exec(t, via: string, count: number) {
    t.is(ownHops(via), count);
  },
  title: (_, via, count) => `Via ${JSON.stringify(via)} has ${count} of our hops`,
});
test(hops, '1.1 sluice', 1);
test(hops, '1.0 Sluice', 1);
test(hops, 'HTTP/1.1 sluice', 1);
test(hops, '1.1 sluice,1.1 sluice ,\t1.0  sluice', 3);
test(hops, '1.1 other, 1.1 sluice', 1);
test(hops, '', 0);
test(hops, 'sluice', 0);
test(hops, '2 sluice', 0);
test(hops, '1.1 sluicer', 0);
test(hops, '1.1 x-sluice', 0);
test(hops, '1.1 sluice:80', 0);
test(hops, '1.1 other (1.1 sluice)', 0);

test('eight hops are a loop', t => {
  t.false(isLoop(7));
  t.true(isLoop(8));
});

test('Max-Forwards is digits, and few of them', t => {
  t.is(parsedMaxForwards('0'), 0);
  t.is(parsedMaxForwards('010'), 10);
  t.is(parsedMaxForwards('999999999'), 999_999_999);
  for (const value of ['', '-1', '+1', '1.0', '1,1', '9999999999', ' 1'])
    t.is(parsedMaxForwards(value), undefined);
});
