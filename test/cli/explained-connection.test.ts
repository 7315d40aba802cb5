import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requestedConnection } from '../../src/cli/explained-connection.ts';
import { runSluice } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const pod = (name: string, ip: string, labels: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels },
  status: { podIP: ip, phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const folderWith = async (t: ExecutionContext, annotations: object): Promise<string> => {
  const folder = await tempFolder(t);
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'mysql',
      namespace: 'shop',
      annotations: {
        'sluice.dev/tcp': '33306:3306',
        'sluice.dev/tickets': '[{"sourceIP": ["10.8.0.0/16"], "description": "testers"}, {"percent": 100}]',
        ...annotations,
      },
    },
    spec: { selector: { app: 'mysql' }, ports: [{ port: 3306 }] },
  };
  const objects = [service, pod('a', '127.0.0.1', { app: 'mysql' })];
  await writeFile(join(folder, 'mysql.yaml'), objects.map(one => JSON.stringify(one)).join('\n---\n'));
  return folder;
};

test('a connection is explained by the table that leads it', async t => {
  const folder = await folderWith(t, {});
  const args = ['explain', 'tcp://localhost:33306', '-f', folder];
  const { code, stdout } = await runSluice(t, args);
  t.is(
    stdout,
    [
      'Port      33306 -> Service shop/mysql (metadata.annotations[sluice.dev/tcp])',
      'Tickets   ticket 0 (testers): does not match, since this does not hold: sourceIP in 10.8.0.0/16',
      '          ticket 1: matches, leads to edge',
      "Track     stable (the ticket's own track has no ready pod)",
      'Pool      shop/mysql:3306 (ready)',
      'Endpoint  127.0.0.1:3306',
      '',
    ].join('\n'),
  );
  t.is(code, 0);
  const json = await runSluice(t, [...args, '--from', '10.8.7.6', '-o', 'json']);
  t.like(JSON.parse(json.stdout), {
    port: 33_306,
    source: { namespace: 'shop', service: 'mysql' },
    result: { kind: 'forward', track: 'stable', fellBack: true, pool: 'shop/mysql:3306' },
  });
});

test('a connection that nobody takes is no failure of the command, and no success', async t => {
  const folder = await folderWith(t, { 'sluice.dev/on-empty-edge': 'unavailable' });
  const closed = await runSluice(t, ['explain', 'tcp://localhost:33306', '-f', folder]);
  t.regex(closed.stdout, /^Closed {4}/m);
  t.is(closed.code, 1);
  const nobody = await runSluice(t, ['explain', 'tcp://localhost:33307', '-f', folder]);
  t.is(nobody.stdout, 'Port      33307: no Service has it\n');
  t.is(nobody.code, 1);
});

const urls = test.macro<[url: string, port: number | null, from?: string]>({
  exec(t, url, port, from = '127.0.0.1') {
    const requested = requestedConnection(url, from);
    t.is(requested.ok ? requested.port : null, port);
  },
  title: (_, url, port) => `${url} is ${port === null ? 'no connection' : `one to ${port}`}`,
});

test(urls, 'tcp://localhost:33306', 33_306);
test(urls, 'TCP://[::1]:1/', 1);
test(urls, 'tcp://:6379', 6379);
for (const url of ['tcp://localhost', 'tcp://localhost:0', 'tcp://localhost:65536', 'tcp://a:1/x', 'tcp:1'])
  test(urls, url, null);
test('from no address', urls, 'tcp://localhost:1', null, 'localhost');
