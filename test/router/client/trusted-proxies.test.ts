import test from 'ava';
import fc from 'fast-check';
import { clientAddressOf, ForwardedTrail } from '../../../router/client/trusted-proxies.ts';
import { FieldTable } from '../../../router/http1/field-table.ts';
import { canonicalAddress, compileCidrs } from '../../../src/core/ticket/ip-cidr.ts';

const isTrusted = compileCidrs(['10.0.0.0/8', 'fd00::/8']);

const clients = test.macro({
  exec(t, forwardedFor: string, client: string, hop: string = '10.0.0.1') {
    t.is(clientAddressOf(forwardedFor, hop, isTrusted), client);
  },
  title: (_, forwardedFor: string, client: string, hop: string = '10.0.0.1') =>
    `X-Forwarded-For ${JSON.stringify(forwardedFor)} from ${hop}: the client is ${client}`,
});
test(clients, '', '10.0.0.1');
test(clients, '6.6.6.6', '6.6.6.6');
test(clients, '1.1.1.1, 6.6.6.6', '6.6.6.6');
test(clients, '1.1.1.1, 6.6.6.6, 10.2.2.2,10.3.3.3', '6.6.6.6');
test(clients, '10.9.9.9, 10.8.8.8', '10.9.9.9');
test(clients, '6.6.6.6', '7.7.7.7', '7.7.7.7');
test(clients, '1.1.1.1, unknown, 10.2.2.2', '10.2.2.2');
test(clients, '1.1.1.1,, 10.2.2.2', '10.2.2.2');
test(clients, ',', '10.0.0.1');
test(clients, ',6.6.6.6', '6.6.6.6');
test(clients, '6.6.6.6,', '10.0.0.1');
test(clients, '6.6.6.6 7.7.7.7', '10.0.0.1');
test(clients, '6.6.6.06', '10.0.0.1');
test(clients, '6.6.6.6:51234', '6.6.6.6');
test(clients, '[2001:DB8::0:1]:443', '2001:db8::1');
test(clients, '[2001:db8::1]', '2001:db8::1');
test(clients, '[2001:db8::1', '10.0.0.1');
test(clients, '2001:DB8:0::1, fd00::1', '2001:db8::1');
test(clients, '::ffff:6.6.6.6, ::ffff:10.2.2.2', '6.6.6.6');
test(clients, `6.6.6.6${', 10.0.0.2'.repeat(31)}`, '6.6.6.6');
test(clients, `6.6.6.6${', 10.0.0.2'.repeat(32)}`, '10.0.0.2');

/** The same by its definition: split, read, look from the right. */
const slowClient = (forwardedFor: string, hop: string): string => {
  const hops = [hop];
  for (const entry of forwardedFor.split(',').reverse()) {
    const address = canonicalAddress(entry.trim());
    if (address === undefined) break;
    hops.push(address);
  }
  return hops.find(address => !isTrusted(address)) ?? hops.at(-1) ?? hop;
};

test('the client is the one that a list read as a whole gives', t => {
  const entry = fc.constantFrom(
    '10.0.0.2',
    '10.1.1.1',
    '6.6.6.6',
    '::ffff:10.0.0.3',
    'fd00::2',
    '2001:DB8::1',
    'x',
    '',
  );
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 12 }),
      fc.constantFrom(',', ', ', ' ,\t'),
      fc.constantFrom('10.0.0.1', '7.7.7.7'),
      (entries, separator, hop) => {
        const text = entries.join(separator);
        t.is(clientAddressOf(text, hop, isTrusted), slowClient(text, hop), text);
      },
    ),
    { numRuns: 2_000 },
  );
});

const HOP = { address: '10.0.0.1', scheme: 'http', port: 8080 } as const;

const trailOf = (lines: string): ForwardedTrail => {
  const fields = new FieldTable(100);
  fields.scan(lines, 0);
  const trail = new ForwardedTrail(HOP, isTrusted);
  trail.read(fields);
  return trail;
};

const trails = test.macro({
  exec(t, sent: string, lines: string, rest: { host?: string; forwarded?: string } = {}) {
    const trail = trailOf(sent);
    t.is(trail.lines, lines);
    t.is(trail.host, rest.host ?? '');
    t.is(trail.forwarded, rest.forwarded ?? '');
  },
  title: (title = '') => `from a trusted proxy: ${title}`,
});
const lines = (
  chain: string,
  client: string,
  rest = 'X-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n',
): string => `X-Forwarded-For: ${chain}\r\nX-Real-IP: ${client}\r\n${rest}`;

test('nothing', trails, 'A: b\r\n', lines('10.0.0.1', '10.0.0.1'));
test(
  'X-Forwarded-For in two lines is one list',
  trails,
  'X-Forwarded-For: 6.6.6.6\r\nA: b\r\nx-forwarded-for: 10.2.2.2\r\n',
  lines('6.6.6.6, 10.2.2.2, 10.0.0.1', '6.6.6.6'),
);
test(
  'its X-Real-IP is not asked, since the list is',
  trails,
  'X-Real-IP: 9.9.9.9\r\nX-Forwarded-For: 6.6.6.6\r\n',
  lines('6.6.6.6, 10.0.0.1', '6.6.6.6'),
);
test(
  'https without a port means 443',
  trails,
  'X-Forwarded-Proto: https\r\nX-Forwarded-Host: Out.example:8443\r\n',
  lines('10.0.0.1', '10.0.0.1', 'X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n'),
  { host: 'Out.example:8443' },
);
test(
  'a port is kept',
  trails,
  'X-Forwarded-Proto: http\r\nX-Forwarded-Port: 65535\r\n',
  lines('10.0.0.1', '10.0.0.1', 'X-Forwarded-Proto: http\r\nX-Forwarded-Port: 65535\r\n'),
);
for (const bad of [
  'X-Forwarded-Proto: gopher',
  'X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http',
  'X-Forwarded-Proto: constructor',
  'X-Forwarded-Port: 0',
  'X-Forwarded-Port: 65536',
  'X-Forwarded-Port: 1e3',
  'X-Forwarded-Host: a b',
  'X-Forwarded-Host: user@a',
  'X-Forwarded-Host: a.com, b.com',
  'X_Forwarded_For: 6.6.6.6',
  'Forwarded: for="6.6.6.6',
  'Forwarded: for="6.6.6.6\\"',
])
  test(`${JSON.stringify(bad)} is replaced`, trails, `${bad}\r\n`, lines('10.0.0.1', '10.0.0.1'));
test(
  'Forwarded is extended, quoted commas and escapes too',
  trails,
  'Forwarded: for="a,\\"b"\r\nForwarded: for=c\r\n',
  lines('10.0.0.1', '10.0.0.1'),
  { forwarded: 'for="a,\\"b", for=c, ' },
);

test('what is said again is not read again, what is new is', t => {
  const trail = new ForwardedTrail(HOP, isTrusted);
  const read = (text: string): string => {
    const fields = new FieldTable(100);
    fields.scan(text, 0);
    trail.read(fields);
    return trail.client;
  };
  t.is(read('X-Forwarded-For: 6.6.6.6\r\n'), '6.6.6.6');
  const { lines: before } = trail;
  t.is(read('X-Forwarded-For: 6.6.6.6\r\nA: b\r\n'), '6.6.6.6');
  t.is(trail.lines, before);
  t.is(read('X-Forwarded-For: 7.7.7.7\r\n'), '7.7.7.7');
  t.is(read('A: b\r\n'), '10.0.0.1');
});
