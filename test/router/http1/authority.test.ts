import { isIPv6 } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { hostOfAuthority } from '../../../router/http1/authority.ts';

const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?$/i;

const byTheRule = (authority: string): string | undefined => {
  const [, host, port = ''] = AUTHORITY.exec(authority.toLowerCase()) ?? [];
  if (host === undefined || host.length > 255 || Number(port) > 65_535 || host === '.') return undefined;
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1)) ? host : undefined;
  return host.replace(/\.$/, '');
};

const part = fc.constantFrom(
  ...[
    'a',
    'Z',
    '0',
    '-',
    '_',
    '.',
    ':',
    '8080',
    '65536',
    '[',
    ']',
    '[::1]',
    '@',
    ' ',
    '\xe9',
    '\0',
    'shop.test',
  ],
);

test('any authority gives the host that the rule gives, whatever was asked before', t => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), parts => {
      const authority = parts.join('');
      t.is(hostOfAuthority(authority), byTheRule(authority), JSON.stringify(authority));
    }),
    { numRuns: 5000 },
  );
});

test('a host may have 255 characters, its dot included', t => {
  t.is(hostOfAuthority('a'.repeat(255))?.length, 255);
  t.is(hostOfAuthority('a'.repeat(256)), undefined);
  t.is(hostOfAuthority(`${'a'.repeat(254)}.`)?.length, 254);
  t.is(hostOfAuthority(`${'a'.repeat(255)}.`), undefined);
  t.is(hostOfAuthority('é'), undefined);
});
