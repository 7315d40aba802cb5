import { Agent, get } from 'node:https';

const ask = (port: number, servername: string, agent: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername, headers: { host: servername }, agent };
    const request = get({ ...options, rejectUnauthorized: false }, response => {
      let body = '';
      response.on('data', (text: Buffer) => {
        body += text.toString();
      });
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
      response.on('error', reject);
    });
    request.on('error', reject);
  });

/** Bounded, whatever becomes of who asked for it. */
const MAX_REQUESTS = 20_000;

export type TlsLoad = {
  /** How often each answer (`200 ok`) or error came. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
};

/**
 * Asks for one host after the other on new connections, and for one on a kept connection in between, until it is told to
 * stop. A connection for each host would be idle for seconds, and asked again at the moment at which a worker that leaves
 * lets it go.
 */
export const tlsLoad = (port: number, hosts: readonly string[], clients: number): TlsLoad => {
  const outcomes = new Map<string, number>();
  const kept = new Agent({ keepAlive: true, maxSockets: clients });
  let isRunning = true;
  const client = async (_: unknown, first: number): Promise<void> => {
    for (let i = 0; isRunning && i < MAX_REQUESTS; i += 1) {
      const isKept = i % 2 === 0;
      const name = hosts[(first * 37 + (isKept ? 0 : i * 11)) % hosts.length] ?? '';
      const agent = isKept ? kept : new Agent({ maxCachedSessions: 0 });
      const outcome = await ask(port, name, agent).catch((error: Error) => error.message);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    outcomes,
    stop: async () => {
      isRunning = false;
      await done;
      kept.destroy();
    },
  };
};
