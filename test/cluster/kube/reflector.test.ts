import test from 'ava';
import { REFLECTOR_CASES, type ReflectorCase, runReflectorCase } from '../../helpers/kube/reflector-cases.ts';
import { reflectorWorld } from '../../helpers/kube/reflector-world.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { upstreamOf } from './upstream.ts';

const plane = planeForTests(test);

const survives = test.macro<[row: ReflectorCase]>({
  async exec(t, row) {
    await runReflectorCase(t, row, await upstreamOf(plane()));
  },
  title: (_, row) => `R8 ${row.title}`,
});

for (const row of REFLECTOR_CASES) test.serial(survives, row);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test.serial(
    `R8 an API server that ends by ${signal} and comes back is watched again, deletions included`,
    async t => {
      const world = await reflectorWorld(t, await upstreamOf(plane()));
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
