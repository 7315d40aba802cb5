import test from 'ava';
import { EXAMPLE_START } from '../helpers/example-start.ts';
import { startNode } from '../helpers/run-sluice.ts';

test('an example that is none is answered with those there are', async t => {
  const { code, stdout, stderr } = await startNode(t, [EXAMPLE_START, 'mysql', '--port', '0']).finished;
  t.deepEqual(
    [code, stdout, stderr],
    [
      2,
      '',
      'There is no example mysql: name one of one-http-port, taobao, tcp-and-http, tcp-only, or a folder with a pods.yaml.\n',
    ],
  );
});
