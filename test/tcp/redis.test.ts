import test, { type ExecutionContext } from 'ava';
import { connectRaw } from '../helpers/raw-peer.ts';
import { missingProgram } from './real-programs.ts';
import { freePorts, output, startServer, upWithService } from './tcp-world.ts';

const reason = missingProgram('redis-server', 'redis-cli', 'redis-benchmark');
const run = reason === null ? test.serial : test.serial.skip;
const title = (text: string): string => (reason === null ? text : `${text} (${reason})`);

/** A Redis that knows its track. */
const startRedis = async (t: ExecutionContext, track: string, port: number): Promise<void> => {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  await startServer(t, { name: 'redis-server', args, port });
  await output('redis-cli', ['-p', String(port), 'set', 'track', track]);
};

const TICKETS = '[{"sourceIP": ["127.0.9.0/24"]}]';

run(title('Redis: a Service in a file is served on its port, and its tickets choose the pod'), async t => {
  const [stable = 0, edge = 0, port = 0] = freePorts(3);
  await Promise.all([startRedis(t, 'stable', stable), startRedis(t, 'edge', edge)]);
  const { save } = await upWithService(t, { port, stable, edge, tickets: TICKETS });
  const trackOf = async (from: string): Promise<string> => {
    const client = await connectRaw(port, { from });
    client.write('GET track\r\n');
    const answer = await client.untilText('\r\n');
    const [length = ''] = answer.split('\r\n');
    const whole = await client.untilLength(answer.indexOf('\r\n') + 4 + Number(length.slice(1)));
    client.socket.destroy();
    return whole.split('\r\n')[1] ?? '';
  };
  t.is(await trackOf('127.0.0.1'), 'stable');
  t.is(await trackOf('127.0.9.7'), 'edge');
  // A megabyte there and back, and a thousand commands at once.
  const big = 'x'.repeat(1_048_576);
  const writer = await connectRaw(port);
  writer.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${big.length}\r\n${big}\r\n`);
  await writer.untilText('+OK');
  writer.socket.destroy();
  t.is(await output('redis-cli', ['-p', String(port), 'get', 'big']), big);
  t.is(await output('redis-cli', ['-p', String(stable), 'strlen', 'big']), '1048576');
  const bench = ['-p', String(port), '-n', '5000', '-c', '20', '-P', '16', '-t', 'set,get', '-q'];
  const benched = await output('redis-benchmark', bench);
  t.regex(benched, /SET: [\d.]+ requests per second[\s\S]*GET: [\d.]+ requests per second/);
  t.notRegex(benched, /error/i);
  // A subscriber is told of what happens on its own track, and a changed ticket leaves it where it is.
  const subscriber = await connectRaw(port);
  subscriber.write('SUBSCRIBE news\r\n');
  await subscriber.untilText('subscribe');
  await save({ port, stable, edge, tickets: '[{"percent": 100}]' });
  t.is(await trackOf('127.0.0.1'), 'edge');
  await output('redis-cli', ['-p', String(stable), 'publish', 'news', 'still stable']);
  await subscriber.untilText('still stable');
  subscriber.socket.destroy();
  // Without an edge pod all go to stable.
  await save({ port, stable, edge: null, tickets: '[{"percent": 100}]' });
  t.is(await trackOf('127.0.9.7'), 'stable');
});
