import test from 'ava';
import fc from 'fast-check';
import { allowedHosts, isAllowedHost } from '../../src/core/allowed-hosts.ts';
import { ALLOWED_HOSTS } from '../../src/core/annotation-names.ts';
import { anyText } from '../helpers/any-text.ts';
import { namespace } from '../helpers/kubernetes-objects.ts';

const lists = test.macro({
  exec(t, annotation: string, allowed: readonly string[]) {
    t.deepEqual(allowedHosts(namespace('shop', { [ALLOWED_HOSTS]: annotation })), allowed);
  },
  title: (_, annotation) => `${JSON.stringify(annotation)} is a list of allowed hosts`,
});

test(lists, 'taobao.com,*.taobao.com', ['taobao.com', '*.taobao.com']);
test(lists, 'TaoBao.com.  淘宝.com', ['taobao.com', 'xn--pbt173b.com']);
test(lists, '["a.com", "*.b.com"]', ['a.com', '*.b.com']);
test(lists, '[a.com, "*.b.com"]', ['a.com', '*.b.com']);
test(lists, '- a.com\n- b.com\n', ['a.com', 'b.com']);
// What cannot be read allows nothing: a mistake must not open what was closed.
test(lists, '', []);
test(lists, '*', []);
test(lists, '{"a.com": true}', []);
test(lists, '[a.com', []);
test(lists, 'a.com:80, b.com', []);
test(lists, '[1, null, "a.com", "10.0.0.1"]', ['a.com']);

test('a namespace that says nothing, or is not known, allows every host', t => {
  t.is(allowedHosts(namespace('shop')), null);
  t.is(allowedHosts(undefined), null);
  t.true(isAllowedHost('anything.example', null));
});

const decisions = test.macro({
  exec(t, domain: string, allowed: readonly string[], expected: boolean) {
    t.is(isAllowedHost(domain, allowed), expected);
  },
  title: (_, domain, allowed, expected) =>
    `${JSON.stringify(allowed)} ${expected ? 'allows' : 'does not allow'} ${JSON.stringify(domain)}`,
});

test(decisions, 'taobao.com', ['taobao.com'], true);
test(decisions, 'www.taobao.com', ['taobao.com'], false);
test(decisions, 'www.taobao.com', ['*.taobao.com'], true);
test(decisions, 'a.www.taobao.com', ['*.taobao.com'], true);
test(decisions, '*.taobao.com', ['*.taobao.com'], true);
test(decisions, '*.www.taobao.com', ['*.taobao.com'], true);
test(decisions, '*.com', ['*.taobao.com'], false);
test(decisions, '*.taobao.com', ['www.taobao.com'], false);
test(decisions, 'taobao.com', ['*.taobao.com'], false);
test(decisions, 'eviltaobao.com', ['*.taobao.com'], false);
test(decisions, 'taobao.com.evil', ['*.taobao.com', 'taobao.com'], false);
test(decisions, '', ['*.taobao.com', 'taobao.com'], false);
test(decisions, 'constructor', [], false);
test(decisions, 'b.com', ['a.com', 'b.com'], true);

test('any annotation is a list of canonical hosts', t => {
  const text = fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom('a', '.', '*', ',', '[', ']', '"', '{', ':', '\n', '-', ' ') }),
  );
  fc.assert(
    fc.property(text, annotation => {
      const allowed = allowedHosts(namespace('shop', { [ALLOWED_HOSTS]: annotation })) ?? [];
      t.true(allowed.every(host => isAllowedHost(host, allowed) && /^(?:\*\.)?[a-z0-9]/.test(host)));
    }),
    { numRuns: 1000 },
  );
});
