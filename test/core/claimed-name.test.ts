import test from 'ava';
import { claimedPort, portClaim } from '../../src/core/claimed-name.ts';
import { canonicalHost } from '../../src/core/host.ts';

test('a port that is claimed is told from a host', t => {
  for (const port of [1, 443, 33_306, 65_535]) {
    t.is(claimedPort(portClaim(port)), port);
    t.is(canonicalHost(portClaim(port)), undefined);
  }
});

const noPorts = test.macro({
  exec(t, name: string) {
    t.is(claimedPort(name), undefined);
  },
  title: (_, name) => `${JSON.stringify(name)} is no claim of a port`,
});

for (const name of ['', 'taobao.com', '33306', ':0', ':65536', ':033306', ':1e3', ': 1', ':1 ', ':-1', ':'])
  test(noPorts, name);
