import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { RoutedRequest } from '../../router/routing/decision.ts';
import { startOnePoolRouter } from '../helpers/one-pool-router.ts';
import type { PassedRequest } from './fuzz-verdict.ts';
import type { FuzzInput } from './generated-input.ts';

/** An input that hangs for so many seconds in which this process ran is a failure; a machine that sleeps is none. */
const HANG_SECONDS = 20;
/** Turns of the event loop in which bytes between two sockets of this process arrive. */
const SETTLING_TURNS = 3;

/** A process that did nothing for so long was stopped: what the engine then calls too late says nothing of an input. */
const STOPPED_MS = 3_000;
const LOOK_EVERY_MS = 500;

/** What became of one input. */
export type Passing = {
  readonly passed: readonly PassedRequest[];
  /** What the client got. */
  readonly answer: string;
  /** Wrong without any oracle: a hang, an answer of somebody else, a stray request. */
  readonly problem: string | undefined;
  /** True if the process was stopped meanwhile, so that timeouts were up. */
  readonly wasStopped: boolean;
};

type Track = { readonly passed: PassedRequest[]; decided: number; open: number; problem: string | undefined };

export type FuzzWorld = {
  pass(number: number, input: FuzzInput): Promise<Passing>;
  /** Problems that belong to no single input. */
  readonly problems: readonly string[];
  readonly counters: () => Readonly<Record<string, number>>;
  /** Connections and requests that are still held though nobody asks any more. */
  readonly held: () => number;
  /** Sockets of the origin that are still open. */
  close(): Promise<number>;
};

/** Each input comes from an address of its own, which is how its requests are known again. */
const addressOf = (number: number): string =>
  `127.${16 + ((number >> 16) & 0x7f)}.${(number >> 8) & 0xff}.${number & 0xff}`;

/** The real engine between raw clients and an origin that is Node's own strict parser. */
export const startFuzzWorld = async (): Promise<FuzzWorld> => {
  const tracks = new Map<string, Track>();
  const problems: string[] = [];
  /** The input of that address, if it is under way, is what reproduces the problem. */
  const blame = (address: string | undefined, problem: string): void => {
    const track = tracks.get(address ?? '');
    if (track === undefined) problems.push(problem);
    else track.problem ??= problem;
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const ids = request.rawHeaders.filter((_, at) =>
      /^x-sluice-track$/i.test(request.rawHeaders[at - 1] ?? ''),
    );
    const id = ids[0] ?? '';
    const [address = '', nth = ''] = id.split('/');
    const track = tracks.get(address);
    if (ids.length !== 1 || track === undefined) {
      blame(address, `the origin read a request that nobody routed: ${request.method} ${request.url} ${ids}`);
    }
    if (track !== undefined) track.open += 1;
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      if (track !== undefined) track.open -= 1;
    });
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      track?.passed.push({ nth: Number(nth), method, target: url, fields: rawHeaders, body });
      response.writeHead(200, { 'x-fuzz': id, 'content-length': 2 });
      response.end('ok');
    });
  };
  const origin = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 65_536 },
    onRequest,
  );
  origin.on('checkExpectation', onRequest);
  origin.on('clientError', (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket) => {
    // A body that the client broke off is broken off here too; anything else is something that we should have refused.
    const code = error.code ?? '';
    if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
      const packet = error.rawPacket?.toString('latin1') ?? '';
      blame(
        /\r\nx-sluice-track: ([\d.]+)\//.exec(packet)?.[1],
        `the origin refused what passed: ${code} ${error.message}`,
      );
    }
    socket.destroy();
  });
  await new Promise<void>(resolve => origin.listen(0, '127.0.0.1', resolve));
  const address = origin.address();
  if (typeof address !== 'object' || address === null) throw new Error('an origin listens on a port');
  const trackLineOf = ({ sourceAddress }: RoutedRequest): string => {
    const track = tracks.get(sourceAddress);
    if (track === undefined) {
      problems.push(`a request came from ${sourceAddress}, where no client is`);
      return '';
    }
    track.decided += 1;
    return `x-sluice-track: ${sourceAddress}/${track.decided - 1}\r\n`;
  };
  const router = await startOnePoolRouter([address.port], { trackLineOf });

  let stops = 0;
  let lookedMs = performance.now();
  const looking = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - lookedMs > STOPPED_MS) stops += 1;
    lookedMs = nowMs;
  }, LOOK_EVERY_MS);

  const pass = async (number: number, input: FuzzInput): Promise<Passing> => {
    const source = addressOf(number);
    const stopsBefore = stops;
    const track: Track = { passed: [], decided: 0, open: 0, problem: undefined };
    tracks.set(source, track);
    const { answer, hangs } = await exchange(router.port, source, input);
    for (let turn = 0; turn < SETTLING_TURNS || (track.open > 0 && turn < 1000); turn += 1)
      await setImmediate();
    tracks.delete(source);
    const ids = [...answer.matchAll(/\r\nx-fuzz: ([^\r]*)\r\n/g)].map(([, id]) => id);
    const stranger = ids.find((id, at) => id !== `${source}/${at}`);
    const hang = hangs ? `the connection did not end within ${HANG_SECONDS} s` : undefined;
    const strange =
      stranger === undefined
        ? undefined
        : `the client got the answer to ${stranger} as its number ${ids.indexOf(stranger)}: ${answer.match(/HTTP\/1\.1 \d+/g)}`;
    const problem = track.problem ?? hang ?? strange;
    return { passed: track.passed, answer, problem, wasStopped: stops !== stopsBefore };
  };

  return {
    pass,
    get problems() {
      return [...problems, ...router.bugs];
    },
    counters: () => ({
      accepted: router.counters.get('connections_accepted'),
      refused: router.counters.get('refused'),
    }),
    held: () =>
      router.counters.get('connections_accepted') -
      router.counters.get('connections_closed') +
      router.pool.endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0),
    close: async () => {
      clearInterval(looking);
      await router.close();
      for (let turn = 0; turn < 50; turn += 1) await setImmediate();
      const left = await new Promise<number>(resolve => origin.getConnections((_, count) => resolve(count)));
      origin.closeAllConnections();
      await new Promise<void>(resolve => origin.close(() => resolve()));
      return left;
    },
  };
};

/** Sends the input in its pieces, ends the connection, and waits until the router ends it too. */
const exchange = (
  port: number,
  localAddress: string,
  { bytes, cuts }: FuzzInput,
): Promise<{ readonly answer: string; readonly hangs: boolean }> =>
  new Promise(resolve => {
    let answer = '';
    let hangs = false;
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true, allowHalfOpen: true });
    let seconds = 0;
    // An interval that was missed while the process was stopped fires once, however long that was.
    const guard = setInterval(() => {
      seconds += 1;
      hangs = seconds > HANG_SECONDS;
      if (hangs) socket.destroy();
    }, 1000);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearInterval(guard);
      resolve({ answer, hangs });
    });
    socket.on('connect', async () => {
      let from = 0;
      for (const cut of cuts) {
        if (!socket.writable) return;
        if (cut > from) socket.write(bytes.slice(from, cut), 'latin1');
        from = Math.max(from, cut);
        await setImmediate();
      }
      if (socket.writable) socket.end(bytes.slice(from), 'latin1');
    });
  });
