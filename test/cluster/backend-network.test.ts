import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import test from 'ava';
import { canMakeNetworks, newBackendNetwork } from './backend-network.ts';

// A skipped test is no test that passed: `.ci/run` counts none, and runs as root.
const testAsRoot = canMakeNetworks ? test : test.skip;

testAsRoot('backends listen on addresses of their own, and one address is silent', async t => {
  const network = await newBackendNetwork(3);
  t.teardown(network.remove);
  t.is(new Set(network.addresses).size, 3);
  for (const address of network.addresses) {
    const server = createServer((_, response) => response.end(address)).listen(8080, address);
    await once(server, 'listening');
    t.is(await (await fetch(`http://${address}:8080/`)).text(), address);
    server.close();
    server.closeAllConnections();
  }
  const socket = connect(8080, network.silentAddress);
  socket.setTimeout(300);
  t.deepEqual(
    await Promise.race([once(socket, 'timeout'), once(socket, 'connect').then(() => 'connected')]),
    [],
  );
  socket.destroy();
});

testAsRoot('two networks do not meet, and are gone when they are removed', async t => {
  const one = await newBackendNetwork(1);
  const two = await newBackendNetwork(1);
  t.notDeepEqual(one.addresses, two.addresses);
  await one.remove();
  await two.remove();
  await t.throwsAsync(
    new Promise((_, reject) => {
      createServer().on('error', reject).listen(0, one.addresses[0]);
    }),
    { message: /EADDRNOTAVAIL/ },
  );
});
