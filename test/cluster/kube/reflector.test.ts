import test from 'ava';
import { systemClock } from '../../../src/kube/clock.ts';
import { connect } from '../../../src/kube/connection/connection.ts';
import { REFLECTOR_CASES, type ReflectorCase, runReflectorCase } from '../../helpers/kube/reflector-cases.ts';
import { reflectorWorld } from '../../helpers/kube/reflector-world.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';

const plane = planeForTests(test);

let namespaces = 0;

/** The API server by its kubeconfig, past the proxy, and an empty namespace in it. */
const upstream = async () => {
  namespaces += 1;
  return {
    upstream: await connect({ kubeconfig: plane().kubeconfig, env: {} }, systemClock),
    namespace: await newNamespace(plane(), `reflector-${namespaces}`),
  };
};

const survives = test.macro<[row: ReflectorCase]>({
  async exec(t, row) {
    await runReflectorCase(t, row, await upstream());
  },
  title: (_, row) => `R8 ${row.title}`,
});

for (const row of REFLECTOR_CASES) test.serial(survives, row);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test.serial(
    `R8 an API server that ends by ${signal} and comes back is watched again, deletions included`,
    async t => {
      const world = await reflectorWorld(t, await upstream());
      await world.put('a', '1');
      await world.put('b', '1');
      world.watched.start();
      await world.watching();
      await plane().stopApiServer(signal);
      await world.until(() => !world.status().watching);
      t.deepEqual(world.known(), ['a=1', 'b=1']);
      await plane().startApiServer();
      await world.remove('b');
      await world.put('c', '1');
      await world.until(() => world.known().join() === 'a=1,c=1');
      t.true(world.watched.synced);
    },
  );
}
