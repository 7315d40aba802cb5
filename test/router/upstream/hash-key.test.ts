import test from 'ava';
import { compileHashKey } from '../../../router/upstream/hash-key.ts';
import type { HashPart } from '../../../src/core/balance.ts';
import { utf8Bytes } from '../../../src/core/byte-string.ts';
import { murmur3 } from '../../../src/core/ticket/murmur3.ts';
import { routedRequest } from '../../helpers/reference-router.ts';

const request = routedRequest('taobao.com', '/cart', {
  headers: [
    ['User', 'ann'],
    ['user', 'bob'],
    ['Cookie', 'sid=42; sid=43'],
  ],
  query: 'item=7&item=8',
  sourceAddress: '203.0.113.7',
});

const keyed = test.macro<[parts: readonly HashPart[], text: string]>({
  exec(t, parts, text) {
    t.is(compileHashKey(parts)(request), murmur3(utf8Bytes(text)));
  },
  title: (_, parts, text) =>
    `${parts.map(({ kind }) => kind).join(' + ') || 'nothing'} is hashed as «${text}»`,
});

test(keyed, [{ kind: 'header', name: 'user' }], 'ann');
test(keyed, [{ kind: 'header', name: 'none' }], '');
test(keyed, [{ kind: 'cookie', name: 'sid' }], '42');
test(keyed, [{ kind: 'query', name: 'item' }], '7');
test(keyed, [{ kind: 'sourceIP' }], '203.0.113.7');
test(keyed, [{ kind: 'host' }], 'taobao.com');
test(keyed, [{ kind: 'uri' }], '/cart?item=7&item=8');
test(keyed, [{ kind: 'text', text: 'é' }], 'é');
test(keyed, [], '');
test(
  keyed,
  [{ kind: 'host' }, { kind: 'text', text: '|' }, { kind: 'cookie', name: 'none' }, { kind: 'sourceIP' }],
  'taobao.com|203.0.113.7',
);
