import test from 'ava';
import { systemClock } from '../../../src/kube/clock.ts';
import { connectionTo } from '../../../src/kube/connection/connection.ts';
import { plainAccess } from '../../helpers/kube/plain-access.ts';
import { REFLECTOR_CASES, type ReflectorCase, runReflectorCase } from '../../helpers/kube/reflector-cases.ts';
import { startApiServer } from '../../helpers/kube/simulated-api-server.ts';

const survives = test.macro<[row: ReflectorCase]>({
  async exec(t, row) {
    const server = await startApiServer();
    const upstream = connectionTo(plainAccess(server.url), systemClock);
    t.teardown(async () => {
      upstream.transport.close();
      await server.close();
    });
    await runReflectorCase(t, row, { upstream, namespace: 'shop' });
  },
  title: (_, row) => `R8 ${row.title}`,
});

// The same rows run against real API servers in test/cluster/reflector.test.ts.
for (const row of REFLECTOR_CASES) test(survives, row);
