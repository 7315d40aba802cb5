import test from 'ava';
import { readBackend, type WrittenTls } from '../../../src/core/policies/backend-protocol.ts';
import { authorityAt, NOW_MS } from '../../helpers/certificates.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readBackend));
const HTTPS = { 'backend-protocol': 'HTTPS' };
const UNUSABLE = { kind: 'unusable' };
const tls = (parts: Partial<WrittenTls> = {}, http: 1 | 2 = 1) => ({
  kind: 'tls',
  http,
  tls: { verify: true, ca: null, serverName: null, sendsName: true, secret: null, ...parts },
});

test(rows, {}, null);
test(rows, { 'backend-protocol': 'HTTP' }, null);
test(rows, { 'backend-protocol': ' http ' }, null);
test(rows, { 'backend-protocol': 'H2C' }, { kind: 'h2c' });
test(rows, { 'backend-protocol': 'grpc' }, { kind: 'h2c' });
test(rows, HTTPS, tls());
test(rows, { 'backend-protocol': 'Grpcs' }, tls({}, 2));
test(rows, { ...HTTPS, 'proxy-ssl-verify': 'off' }, tls({ verify: false }));
test(rows, { ...HTTPS, 'proxy-ssl-verify': 'on' }, tls());
test(rows, { ...HTTPS, 'proxy-ssl-server-name': 'off' }, tls({ sendsName: false }));
test(rows, { ...HTTPS, 'proxy-ssl-name': 'Cart.Example.com.' }, tls({ serverName: 'cart.example.com' }));
test(rows, { ...HTTPS, 'proxy-ssl-secret': 'pods' }, tls({ secret: { namespace: null, name: 'pods' } }));
test(
  rows,
  { ...HTTPS, 'proxy-ssl-secret': 'shop/pods' },
  tls({ secret: { namespace: 'shop', name: 'pods' } }),
);

for (const protocol of ['AUTO_HTTP', 'FCGI', 'HTTPS2', ''])
  test(rows, { 'backend-protocol': protocol }, UNUSABLE, { problems: ['backend-protocol'] });
for (const [name, value] of [
  ['proxy-ssl-verify', 'true'],
  ['proxy-ssl-server-name', 'On'],
  ['proxy-ssl-name', '*.example.com'],
  ['proxy-ssl-name', '10.0.0.7'],
  ['proxy-ssl-secret', '../pods'],
  ['sluice.dev/backend-ca', 'pods'],
  ['sluice.dev/backend-ca', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
] as const) {
  // A guess at what was meant could trust whom nobody trusts.
  test(rows, { ...HTTPS, [name]: value }, UNUSABLE, { problems: [name] });
  test(rows, { [name]: value }, null, { problems: [name] });
}

const { certificate } = authorityAt(NOW_MS);
const asRead = `${certificate.trim()}\n`;

test('authorities are kept one below the other, without what stands between them', t => {
  const macro = grammarMacro(readBackend);
  const text = `# ours\n${certificate}\n# theirs\n${certificate}`;
  macro.exec(t, { ...HTTPS, 'sluice.dev/backend-ca': text }, tls({ ca: asRead + asRead }));
});
