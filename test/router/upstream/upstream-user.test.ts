import test from 'ava';
import { isOffered } from '../../../router/upstream/upstream-user.ts';

const offers = test.macro({
  exec(t, chosen: string, offered: string, expected: boolean) {
    t.is(isOffered(chosen, offered), expected);
  },
  title: (_, chosen, offered, expected) =>
    `a 101 to ${JSON.stringify(chosen)} ${expected ? 'answers' : 'does not answer'} an offer of ${JSON.stringify(offered)}`,
});
test(offers, 'websocket', 'websocket', true);
test(offers, 'WebSocket', 'websocket', true);
test(offers, 'b', 'a, b/1, B', true);
test(offers, 'a, b', 'b,a', true);
test(offers, 'a, c', 'b,a', false);
test(offers, 'b', 'b/1', false);
test(offers, 'x', '', false);
test(offers, '', 'x', false);
test(offers, '', '', false);
