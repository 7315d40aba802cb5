import test from 'ava';
import {
  readForcedRedirect,
  readHostRedirect,
  withHttpsRedirect,
} from '../../../src/core/policies/https-redirect.ts';
import type { RoutePolicy } from '../../../src/core/route-settings.ts';
import { grammarMacro } from './policy-grammar.ts';

const forced = test.macro(grammarMacro(readForcedRedirect));
test(forced, {}, undefined);
test(forced, { 'force-ssl-redirect': 'true' }, { kind: 'https-redirect', always: true });
test(forced, { 'force-ssl-redirect': 'false' }, undefined);
test(forced, { 'force-ssl-redirect': 'yes' }, undefined, { problems: ['force-ssl-redirect'] });

const host = test.macro(grammarMacro(readHostRedirect));
test(host, {}, true);
test(host, { 'ssl-redirect': 'true' }, true);
test(host, { 'ssl-redirect': 'false' }, false);
test(host, { 'ssl-redirect': 'off' }, true, { problems: ['ssl-redirect'] });

const EARLIER: RoutePolicy = { kind: 'redirect', status: 301, location: '/new' };
const LATER: RoutePolicy = { kind: 'access', denied: ['10.0.0.0/8'], allowed: null };
const REDIRECT: RoutePolicy = { kind: 'https-redirect', always: false };

test('the redirect has its place among the others, as in nginx', t => {
  t.deepEqual(withHttpsRedirect([]), [REDIRECT]);
  t.deepEqual(withHttpsRedirect([EARLIER, LATER]), [EARLIER, REDIRECT, LATER]);
  t.deepEqual(withHttpsRedirect([LATER]), [REDIRECT, LATER]);
});

test('whoever always sends to HTTPS does so once', t => {
  const policies: readonly RoutePolicy[] = [{ kind: 'https-redirect', always: true }];
  t.is(withHttpsRedirect(policies), policies);
});
