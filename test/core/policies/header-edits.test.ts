import test from 'ava';
import { readRequestHeaders, readResponseHeaders } from '../../../src/core/policies/header-edits.ts';
import { grammarMacro } from './policy-grammar.ts';

const REQUEST = 'sluice.dev/request-headers';
const RESPONSE = 'sluice.dev/response-headers';
const request = test.macro(grammarMacro(readRequestHeaders));
const response = test.macro(grammarMacro(readResponseHeaders));

test(request, {}, undefined);
test(request, { [REQUEST]: '{}' }, undefined);
test(
  request,
  { [REQUEST]: '{set: {X-Env: prod, X-Port: 80}, add: {X-Tag: [a, b]}, remove: [X-Debug]}' },
  {
    kind: 'request-headers',
    removed: ['x-debug', 'x-env', 'x-port'],
    added: [
      ['X-Env', 'prod'],
      ['X-Port', '80'],
      ['X-Tag', 'a'],
      ['X-Tag', 'b'],
    ],
  },
);
test(
  response,
  { [RESPONSE]: 'remove: [Server]\nadd: {Set-Cookie: a=b}' },
  {
    kind: 'response-headers',
    removed: ['server'],
    added: [['Set-Cookie', 'a=b']],
  },
);
for (const value of [
  '',
  '[',
  '[]',
  '{put: {A: b}}',
  '{set: [A]}',
  '{remove: A}',
  '{set: {A: {b: c}}}',
  '{set: {A: null}}',
  '{set: {A: "b\\nX-Injected: 1"}}',
  '{set: {A: "b\\0"}}',
  `{set: {A: ${'x'.repeat(5000)}}}`,
  `{remove: [${'A,'.repeat(33)}]}`,
]) {
  test(request, { [REQUEST]: value }, undefined, { problems: [REQUEST] });
  test(response, { [RESPONSE]: value }, undefined, { problems: [RESPONSE] });
}
for (const name of [
  'Host',
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'X-Forwarded-For',
  'X_Real_IP',
  'x-sluice-track',
  'Cookie',
  'Authorization',
  'Via',
  '"a b"',
  '":path"',
])
  for (const value of [`{set: {${name}: x}}`, `{add: {${name}: x}}`, `{remove: [${name}]}`])
    test(request, { [REQUEST]: value }, undefined, { problems: [REQUEST] });
for (const name of [
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'Upgrade',
  'x-sluice-track',
  '"a:b"',
])
  test(response, { [RESPONSE]: `{set: {${name}: x}}` }, undefined, { problems: [RESPONSE] });
