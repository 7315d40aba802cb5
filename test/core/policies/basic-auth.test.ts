import test from 'ava';
import { parseSecret } from '../../../src/core/objects/parse-secret.ts';
import { findUsers, readBasicAuth, type WrittenBasicAuth } from '../../../src/core/policies/basic-auth.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readBasicAuth));
const BASIC = { 'auth-type': 'basic', 'auth-secret': 'users' };
const basic = (parts: Partial<WrittenBasicAuth> = {}): WrittenBasicAuth => ({
  namespace: null,
  secret: 'users',
  secretType: 'auth-file',
  realm: 'Authentication Required',
  satisfiedByAny: false,
  ...parts,
});

test(rows, {}, null);
test(rows, { 'auth-realm': 'x', satisfy: 'any' }, null);
test(rows, BASIC, basic());
test(rows, { ...BASIC, 'auth-secret': 'shop/users' }, basic({ namespace: 'shop' }));
test(
  rows,
  { ...BASIC, 'auth-secret-type': 'auth-map', 'auth-realm': 'The shop', satisfy: 'any' },
  basic({ secretType: 'auth-map', realm: 'The shop', satisfiedByAny: true }),
);
test(rows, { 'auth-type': 'basic' }, basic({ secret: '' }), { closing: ['auth-type'] });
test(rows, { 'auth-secret': 'users' }, basic(), { closing: ['auth-secret'] });
test(rows, { ...BASIC, 'auth-type': 'digest' }, basic(), { closing: ['auth-type'] });
test(rows, { ...BASIC, 'auth-secret': '../x' }, basic({ secret: '' }), { closing: ['auth-secret'] });
test(rows, { ...BASIC, 'auth-secret-type': 'file' }, basic(), { closing: ['auth-secret-type'] });
test(rows, { ...BASIC, satisfy: 'some' }, basic(), { closing: ['satisfy'] });
test(rows, { ...BASIC, 'auth-realm': 'a"b' }, basic(), { problems: ['auth-realm'] });
test(rows, { ...BASIC, 'auth-realm': 'a\r\nX: 1' }, basic(), { problems: ['auth-realm'] });

const APR1 = '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/';
const SHA = '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=';

const secretOf = (stringData: Readonly<Record<string, string>>) => {
  const parsed = parseSecret({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'users', namespace: 'shop' },
    stringData,
  });
  if (!parsed.ok) throw new Error('the Secret is well written');
  return parsed.value;
};

test('an htpasswd file is read line by line; the first line of a user counts', t => {
  const file = `# comment\n\nzoe:${SHA}\nana:${APR1}:a comment\r\nzoe:${APR1}\n`;
  t.deepEqual(findUsers(basic(), secretOf({ auth: file })), {
    ok: true,
    auth: {
      realm: 'Authentication Required',
      satisfiedByAny: false,
      users: [
        { name: 'ana', hash: APR1 },
        { name: 'zoe', hash: SHA },
      ],
    },
    warnings: [],
  });
});

test('auth-map reads each key as a user', t => {
  const found = findUsers(basic({ secretType: 'auth-map' }), secretOf({ ana: APR1, zoe: `${SHA}\n` }));
  t.deepEqual(found.ok ? found.auth.users.map(({ name }) => name) : [], ['ana', 'zoe']);
});

const BCRYPT = '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC';

test('users of all kinds of hashes stand side by side', t => {
  const found = findUsers(basic(), secretOf({ auth: `a:${BCRYPT}\nb:${APR1}\nc:${SHA}` }));
  t.deepEqual(found.ok ? found.warnings : found.reason, []);
  t.deepEqual(found.ok ? found.auth.users.map(({ hash }) => hash) : [], [BCRYPT, APR1, SHA]);
});

test('a user whose hash cannot be checked stays out and is named, without the hash', t => {
  const costly = BCRYPT.replace('$05$', '$15$');
  const found = findUsers(
    basic(),
    secretOf({ auth: `costly:${costly}\nana:${APR1}\n:${SHA}\nplain:secret` }),
  );
  t.deepEqual(found.ok ? found.auth.users.map(({ name }) => name) : [], ['ana']);
  const warnings = found.ok ? found.warnings : [];
  t.is(warnings.length, 3);
  t.regex(warnings[0] ?? '', /user "costly" of Secret "users" cannot get in: the hash is bcrypt of cost 15/);
  t.regex(warnings[1] ?? '', /user "" .* the name is empty/);
  t.regex(warnings[2] ?? '', /user "plain" .* none of bcrypt/);
  t.false(warnings.some(line => line.includes(costly) || line.includes('secret"')));
});

test('a user whose first line lets nobody in is not let in by a second one, as in nginx', t => {
  const found = findUsers(basic(), secretOf({ auth: `ana:!${APR1}\nana:${APR1}\nzoe:${SHA}` }));
  t.deepEqual(found.ok ? found.auth.users.map(({ name }) => name) : [], ['zoe']);
});

const closed = test.macro({
  exec(t, stringData: Readonly<Record<string, string>> | null, reason: RegExp) {
    const found = findUsers(basic(), stringData === null ? undefined : secretOf(stringData));
    t.false(found.ok);
    t.regex(found.ok ? '' : found.reason, reason);
  },
  title: (_, stringData) => `${JSON.stringify(stringData)} closes the route`,
});

test(closed, null, /does not exist/);
test(closed, {}, /no key "auth"/);
test(closed, { other: `ana:${APR1}` }, /no key "auth"/);
test(closed, { auth: '' }, /no user/);
test(closed, { auth: 'ana:$2y$05$abc' }, /no user/);
