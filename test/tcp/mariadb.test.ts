import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { tempFolder } from '../helpers/temp-folder.ts';
import { missingProgram, programPath } from './real-programs.ts';
import { freePorts, output, startServer, upWithService } from './tcp-world.ts';

const reason = missingProgram('mariadbd', 'mariadb-install-db', 'mariadb');
const run = reason === null ? test.serial : test.serial.skip;
const title = (text: string): string => (reason === null ? text : `${text} (${reason})`);

const isRoot = process.getuid?.() === 0;

/** A folder with the tables that a server cannot do without; made once, it takes seconds. */
const emptyDatabase = async (folder: string): Promise<string> => {
  const data = join(folder, 'empty');
  const args = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'];
  if (isRoot) args.push('--user=root');
  await promisify(execFile)(programPath('mariadb-install-db'), args);
  return data;
};

const startMariadb = async (t: ExecutionContext, folder: string, port: number): Promise<void> => {
  const users = join(folder, 'users.sql');
  await writeFile(users, "create user probe@'127.0.%';\ngrant all on *.* to probe@'127.0.%';\n");
  const args = [
    '--no-defaults',
    `--datadir=${folder}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    `--init-file=${users}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=8M',
    '--innodb-log-file-size=4M',
    '--max-allowed-packet=16M',
    // From there a header is taken where there is one.
    '--proxy-protocol-networks=127.0.0.0/8',
  ];
  if (isRoot) args.push('--user=root');
  await startServer(t, { name: 'mariadbd', args, port });
};

const ask = (port: number, query: string): Promise<string> => {
  const where = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--protocol=tcp', '--user=probe'];
  return output('mariadb', [...where, '--max-allowed-packet=16M', '--skip-ssl', '-N', '-B', '-e', query]);
};

/** Passes connections on from another address of this machine: the client itself cannot choose its own. */
const startForwarder = async (
  t: ExecutionContext,
  { to, from }: { readonly to: number; readonly from: string },
): Promise<number> => {
  const server = createServer(socket => {
    const onward = connect({ port: to, host: '127.0.0.1', localAddress: from });
    for (const one of [socket, onward]) one.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
};

run(
  title('MariaDB: the server speaks first, tickets choose it, and it is told who the client is'),
  async t => {
    t.timeout(120_000);
    const folder = await tempFolder(t);
    const data = await emptyDatabase(folder);
    const [stable = 0, edge = 0, port = 0] = freePorts(3);
    const copies = [join(folder, 'stable'), join(folder, 'edge')] as const;
    await Promise.all(copies.map(copy => cp(data, copy, { recursive: true })));
    await Promise.all([startMariadb(t, copies[0], stable), startMariadb(t, copies[1], edge)]);
    const announced = { 'sluice.dev/tcp-send-proxy': 'v2' };
    const manifest = { port, stable, edge, tickets: '[{"sourceIP": ["127.0.9.0/24"]}]' };
    const { save } = await upWithService(t, manifest);
    t.is(await ask(port, 'select @@port'), String(stable));
    // A row that is larger than all buffers on its way.
    await ask(port, 'create database shop; create table shop.big (text longtext)');
    await ask(port, "insert into shop.big values (repeat('x', 4000000))");
    t.is((await ask(port, 'select text from shop.big')).length, 4_000_000);
    t.is(await ask(stable, 'select length(text) from shop.big'), '4000000');
    // A session that lasts stays where it is, whatever becomes of the tickets meanwhile.
    const lasting = ask(port, 'select @@port; select sleep(3); select @@port');
    await save({ ...manifest, tickets: '[{"percent": 100}]' });
    t.is(await ask(port, 'select @@port'), String(edge));
    t.is(await lasting, `${stable}\n0\n${stable}`);
    // With a PROXY header the server sees the address of the client, and not of the router.
    await save({ ...manifest, annotations: announced });
    t.is(await ask(port, 'select @@port'), String(stable));
    const session = 'select @@port, host from information_schema.processlist where id = connection_id()';
    t.regex(await ask(port, session), new RegExp(`^${stable}\\t127\\.0\\.0\\.1:`));
    const from = await startForwarder(t, { to: port, from: '127.0.9.9' });
    t.regex(await ask(from, session), new RegExp(`^${edge}\\t127\\.0\\.9\\.9:`));
  },
);
