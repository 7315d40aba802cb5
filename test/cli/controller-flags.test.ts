import test from 'ava';
import { Command } from 'commander';
import { DEFAULT_LIFETIMES } from '../../certs/lifetimes.ts';
import {
  addControllerFlags,
  type ControllerFlags,
  certificateLifetimes,
  controllerFlagFaults,
  statusSource,
} from '../../src/cli/controller-flags.ts';

const parsed = (...flags: readonly string[]): ControllerFlags => {
  const command = addControllerFlags(new Command('controller'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(flags, { from: 'user' }).opts();
};

test('the lifetimes are those of ADR 0018 where no flag says otherwise', t => {
  t.deepEqual(certificateLifetimes(parsed()), DEFAULT_LIFETIMES);
  t.deepEqual(controllerFlagFaults(parsed()), []);
});

test('a renewal has to end before what it replaces, and both limits are told at once, with numbers', t => {
  const flags = parsed('--ca-lifetime=30d', '--certificate-lifetime=12h', '--ca-overlap=121m');
  t.deepEqual(controllerFlagFaults(flags), [
    '--ca-overlap is 121m, but with --certificate-lifetime 12h it may be 2h at most: a certificate is renewed when a third of its life is left, and a new authority takes two overlaps.',
  ]);
  const [first, second, ...rest] = controllerFlagFaults(
    parsed('--ca-lifetime=1h', '--certificate-lifetime=30m', '--ca-overlap=6m'),
  );
  t.regex(first ?? '', /^--certificate-lifetime is 30m, but with --ca-lifetime 1h it may be 20m at most: /);
  t.regex(second ?? '', /^--ca-overlap is 6m, but with --certificate-lifetime 30m it may be 5m at most: /);
  t.deepEqual(rest, []);
});

test('with cert-manager nobody asks about lifetimes', t => {
  const flags = ['--certificates=cert-manager', '--ca-lifetime=1h', '--certificate-lifetime=1h'];
  t.deepEqual(controllerFlagFaults(parsed(...flags)), []);
});

const refused = test.macro({
  exec(t, flag: string, message: RegExp) {
    t.throws(() => parsed(flag), { message });
  },
  title: (_, flag) => `${flag} is refused`,
});

test(refused, '--ca-overlap=9s', /At least 10s/);
test(refused, '--certificate-lifetime=90', /Write a time such as 90d/);
test(refused, '--certificate-name=*.example.com', /Write a host name or an IP address/);
test(refused, '--certificate-name=https://example.com', /Write a host name or an IP address/);

test('status is of a Service or of flags, and of nobody where it is switched off', t => {
  const address = '--publish-address=192.0.2.1';
  t.deepEqual(statusSource(parsed()), { kind: 'off' });
  t.deepEqual(statusSource(parsed('--publish-service=edge/lb', address)), {
    kind: 'service',
    namespace: 'edge',
    name: 'lb',
  });
  t.deepEqual(statusSource(parsed(address, '--publish-address=lb.example')), {
    kind: 'addresses',
    entryPoints: [
      { ip: '192.0.2.1', hostname: null },
      { ip: null, hostname: 'lb.example' },
    ],
  });
  t.deepEqual(statusSource(parsed(address, '--publish-status=off')), { kind: 'off' });
});

test('further names of the certificate may be hosts and addresses', t => {
  const { certificateName } = parsed(
    '--certificate-name=Hooks.Example.com',
    '--certificate-name=192.0.2.1',
    '--certificate-name=2001:db8::1',
  );
  t.deepEqual(certificateName, ['hooks.example.com', '192.0.2.1', '2001:db8::1']);
});
