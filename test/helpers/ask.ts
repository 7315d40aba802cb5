import { Agent, request } from 'node:http';

export type Asked = {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A connection of its own if none is given. */
  readonly agent?: Agent;
  /** The address that it is sent from. */
  readonly from?: string;
};

export type Answered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
};

/** Asks the router on this machine for a host, as curl with `-H 'Host: …'` does. */
export const ask = (
  port: number,
  host: string,
  { path = '/', method = 'GET', headers = {}, agent, from }: Asked = {},
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { host, ...headers },
        agent: agent ?? false,
        ...(from !== undefined && { localAddress: from }),
      },
      response => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });

/** One client that keeps its connection. */
export const keepAliveAgent = (t: { teardown(end: () => void): void }): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  return agent;
};

/** Asks again and again until the answer is as it should be; gives up after `withinMs`. */
export const askUntil = async (
  question: () => Promise<Answered>,
  isMet: (answer: Answered) => boolean,
  withinMs = 5_000,
): Promise<Answered> => {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await question();
    if (isMet(answer)) return answer;
    if (performance.now() > endMs) {
      throw new Error(`still ${answer.status} ${JSON.stringify(answer.body)} after ${withinMs} ms`);
    }
  }
};
