import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { redisApp } from '../../../examples/pods/redis-app.ts';
import { redisCli, sentText } from '../../helpers/example-redis.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';

const POD = { name: 'db-1', app: 'db', track: 'stable', ports: [] };

const start = async (t: ExecutionContext): Promise<{ readonly port: number; stop(): void }> => {
  const { server, stop } = redisApp(POD);
  server.listen(0, '127.0.0.1');
  t.teardown(stop);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stop };
};

const prints = test.macro<[readonly (readonly string[])[], readonly string[]]>({
  async exec(t, commands, printed) {
    const address = await start(t);
    for (const [at, words] of commands.entries())
      t.deepEqual([await redisCli(address, words)], printed.slice(at, at + 1));
  },
  title: (_, commands, printed) =>
    `${commands.map(words => words.join(' ')).join(', ')} prints ${printed.join(', ')}`,
});

test(prints, [['PING'], ['ping', 'a b']], ['PONG', '"a b"']);
test(prints, [['GET', 'version']], ['"db stable (pod db-1)"']);
test(
  prints,
  [
    ['GET', 'colour'],
    ['SET', 'colour', 'grey'],
    ['GET', 'colour'],
  ],
  ['(nil)', 'OK', '"grey"'],
);
test(prints, [['ECHO', 'a'], ['ECHO']], ['"a"', '(error) ERR wrong number of arguments']);
test(prints, [['FLUSHALL']], [`(error) ERR unknown command 'FLUSHALL'`]);
test(prints, [['constructor']], [`(error) ERR unknown command 'constructor'`]);

test('commands that come together are answered in order, and QUIT ends the connection', async t => {
  const address = await start(t);
  t.is(await sentText(address, 'SET a 1\r\n\r\nGET a\r\nQUIT\r\n'), '+OK\r\n$1\r\n1\r\n+OK\r\n');
});

test('a command in pieces is one command', async t => {
  const { port } = await start(t);
  const peer = await connectRaw(port);
  for (const byte of '*1\r\n$4\r\nPI') peer.write(byte);
  peer.write('NG\r\n');
  t.is(await peer.untilText('\r\n'), '+PONG\r\n');
  peer.socket.destroy();
});

test('who ends its side still hears the answer', async t => {
  const { port } = await start(t);
  const peer = await connectRaw(port);
  peer.write('PING\r\n');
  peer.socket.end();
  t.is(await peer.untilEnd(), '+PONG\r\n');
});

test('what is no command ends the connection', async t => {
  const address = await start(t);
  t.is(await sentText(address, '*x\r\n'), '-ERR Protocol error: "x" is no length\r\n');
  t.is(await sentText(address, 'x'.repeat(70_000)), '-ERR Protocol error: too long\r\n');
});

test('more keys than fit are refused, and those there are can be changed', async t => {
  const address = await start(t);
  const fill = Array.from({ length: 999 }, (_, at) => `SET k${at} v\r\n`).join('');
  const answers = await sentText(address, `${fill}SET more v\r\nSET k1 w\r\nGET k1\r\nQUIT\r\n`);
  t.true(answers.endsWith('+OK\r\n-ERR no room for more than 1000 keys\r\n+OK\r\n$1\r\nw\r\n+OK\r\n'));
});

test('stopped, it lets go of connections that rest', async t => {
  const { port, stop } = await start(t);
  const peer = await connectRaw(port);
  peer.write('PING\r\n');
  await peer.untilText('+PONG');
  stop();
  t.is(await peer.untilEnd(), '+PONG\r\n');
});
