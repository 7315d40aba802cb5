// Opens connections, asks once on each, reads the whole answer, and then holds them all until stdin ends.
// Prints `ready` when the last one is idle. `node load/idle-connections.ts PORT COUNT`
import { connect } from 'node:net';
import { requestText } from './request-text.ts';

const [portText = '', countText = ''] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);

/** Few at a time: what is measured is who stays, not what a rush leaves behind. */
const AT_A_TIME = 32;

const request = Buffer.from(requestText('get', 'shop-0.bench.test', false), 'latin1');
let opened = 0;
let idle = 0;

const fail = (why: string): void => {
  process.stderr.write(`${why} after ${idle} connections\n`);
  process.exit(1);
};

const openNext = (): void => {
  if (opened === count) return;
  opened += 1;
  let answer = '';
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(request));
  socket.on('data', bytes => {
    answer += bytes.toString('latin1');
    const headEnd = answer.indexOf('\r\n\r\n');
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(answer)?.[1] ?? Number.NaN);
    if (headEnd === -1 || answer.length < headEnd + 4 + length) return;
    if (!answer.startsWith('HTTP/1.1 200')) fail(answer.slice(0, 40));
    answer = '';
    idle += 1;
    if (idle === count) process.stdout.write('ready\n');
    else openNext();
  });
  socket.once('error', error => fail(error.message));
  socket.once('close', () => fail('a connection was closed'));
};

process.stdin.once('end', () => process.exit(0));
process.stdin.resume();
for (let i = 0; i < AT_A_TIME; i += 1) openNext();
