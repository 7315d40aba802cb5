// The noise of a relay: connections that send 1 MiB after 1 MiB and leave no pause. wrk would hand the kernel a whole
// body at once, which then works for milliseconds before anybody else has a turn on that core; here it is 64 KiB at a
// time, so that what the neighbours' generator waits for is the proxy. `node load/steady-upload.ts '<JSON of SteadyUpload>'`
import { connect } from 'node:net';
import { requestText } from './request-text.ts';

/** What it is told. */
export type SteadyUpload = {
  readonly port: number;
  readonly connections: number;
  readonly durationMs: number;
};

const task = JSON.parse(process.argv[2] ?? '{}') as SteadyUpload;
const WRITE_BYTES = 65_536;
/** The last bytes of every answer of the origin. */
const ANSWER_END = '.\n';

const upload = Buffer.from(requestText('up-1m', 'shop-0.bench.test', false), 'latin1');
let done = 0;

const keepSending = (): void => {
  const socket = connect({ port: task.port, host: '127.0.0.1', noDelay: true });
  let at = 0;
  const send = (): void => {
    while (at < upload.length) {
      const end = Math.min(at + WRITE_BYTES, upload.length);
      const isTaken = socket.write(upload.subarray(at, end));
      at = end;
      if (!isTaken) return;
    }
  };
  socket.on('connect', send);
  socket.on('drain', send);
  socket.on('data', (bytes: Buffer) => {
    if (bytes.subarray(-ANSWER_END.length).toString('latin1') !== ANSWER_END) return;
    done += 1;
    at = 0;
    send();
  });
  // Whoever loses its connection is less noise, which the count shows.
  socket.on('error', () => undefined);
};

for (let i = 0; i < task.connections; i += 1) keepSending();
setTimeout(() => {
  const result = { requests: done, seconds: task.durationMs / 1000 };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}, task.durationMs);
