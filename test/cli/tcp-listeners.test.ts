import test from 'ava';
import type { TcpFlags } from '../../src/cli/tcp-flags.ts';
import { declaredListeners, type OtherPorts, tcpPortConflict } from '../../src/cli/tcp-listeners.ts';

const OTHERS: OtherPorts = { port: 29_080, tlsPort: 29_443, adminPort: 29_090 };

const conflict = test.macro({
  exec(t, flags: TcpFlags & Partial<OtherPorts>, message: string | null) {
    t.is(tcpPortConflict({ ...OTHERS, ...flags }), message);
  },
  title: (_, flags: TcpFlags & Partial<OtherPorts>) => JSON.stringify(flags),
});

test(conflict, {}, null);
test(conflict, { tcpPorts: [33_306], tcpPortRange: { from: 33_000, to: 33_999 } }, null);
test(
  conflict,
  { tcpPorts: [33_306, 29_080] },
  'port 29080 is in --tcp-ports and is what --port listens on; take it out of one of them.',
);
test(
  conflict,
  { tcpPorts: [29_443] },
  'port 29443 is in --tcp-ports and is what --tls-port listens on; take it out of one of them.',
);
test(
  conflict,
  { tcpPorts: [29_090] },
  'port 29090 is in --tcp-ports and is what --admin-port listens on; take it out of one of them.',
);
test(
  conflict,
  { tcpPortRange: { from: 29_000, to: 29_085 } },
  'port 29080 of --tcp-port-range is what --port listens on; choose a range without it, or another port with --port.',
);
test(conflict, { tcpPorts: [29_090, 29_443], adminPort: 'off', tlsPort: 'off' }, null);
test(conflict, { tcpPortRange: { from: 1, to: 20 }, port: 0 }, null);

test('declared ports are bound where the router listens, each under the name of its flag', t => {
  t.deepEqual(declaredListeners({ tcpPorts: [1, 2] }, { address: '127.0.0.1', isShared: true }), [
    { kind: 'tcp', port: 1, address: '127.0.0.1', isShared: true, flag: '--tcp-ports' },
    { kind: 'tcp', port: 2, address: '127.0.0.1', isShared: true, flag: '--tcp-ports' },
  ]);
  t.deepEqual(declaredListeners({}, { address: undefined }), []);
});
