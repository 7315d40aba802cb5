import test from 'ava';
import { isPermissive, licenceReport } from './helpers/licence-check.ts';

const judges = test.macro({
  exec(t, expression: string, permissive: boolean) {
    t.is(isPermissive(expression), permissive);
  },
  title: (_, expression, permissive) =>
    `${JSON.stringify(expression)} is ${permissive ? '' : 'not '}permissive`,
});

for (const expression of [
  'MIT',
  'BlueOak-1.0.0',
  '(MIT OR GPL-3.0-or-later)',
  'GPL-2.0-only OR ISC',
  'MIT AND Apache-2.0',
  '(BSD-3-Clause OR GPL-2.0)',
  '(GPL-2.0 OR (MIT AND ISC))',
]) {
  test(judges, expression, true);
}

for (const expression of [
  '',
  'GPL-3.0',
  'MIT AND GPL-3.0',
  'MIT OR',
  'OR MIT',
  'MIT MIT',
  '(MIT',
  'MIT)',
  'mit',
  'SEE LICENSE IN LICENSE',
  'UNLICENSED',
  'GPL-2.0 WITH Classpath-exception-2.0',
  'MIT; GPL',
]) {
  test(judges, expression, false);
}

test('production packages are judged, transitive and optional ones too; those for development are not', t => {
  const lock = {
    packages: {
      '': { license: 'UNLICENSED' },
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/a/node_modules/@scope/b': { version: '2.0.0', license: 'GPL-3.0', optional: true },
      'node_modules/c': { version: '3.0.0' },
      'node_modules/d': { version: '4.0.0', license: 'GPL-3.0', dev: true },
    },
  };
  t.deepEqual(licenceReport(lock), {
    packages: ['@scope/b@2.0.0', 'a@1.0.0', 'c@3.0.0'],
    offenders: [
      '@scope/b@2.0.0 is under GPL-3.0, which is not on the permissive list',
      'c@3.0.0 names no licence in package-lock.json',
    ],
  });
});

test('an address of a registry in the lock file is an offence, of a development package too', t => {
  const lock = {
    packages: {
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/d': { version: '4.0.0', dev: true, resolved: 'https://registry.invalid/d.tgz' },
    },
  };
  t.deepEqual(licenceReport(lock).offenders, [
    'node_modules/d holds a "resolved" address in package-lock.json',
  ]);
});

test('a lock file without packages is an offence, not an empty success', t => {
  for (const lock of [null, {}, { packages: {} }, { packages: { '': {} } }]) {
    t.is(licenceReport(lock).offenders.length, 1);
  }
});
