import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import type { ExecutionContext } from 'ava';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import type { ReviewContext } from '../../src/admission/review-verdict.ts';
import type { WebhookClock } from '../../src/admission/server/webhook-clock.ts';
import type { WebhookEvent } from '../../src/admission/server/webhook-event.ts';
import {
  startWebhookServer,
  type WebhookServer,
  type WebhookServerOptions,
} from '../../src/admission/server/webhook-server.ts';
import { CLUSTER_OPTIONS, NOW_MS } from './admission.ts';
import { secureWith, testCertificate, WEBHOOK_NAME } from './serving-certificate.ts';

export const CERTIFICATE = testCertificate();

/** Tickets of these tests expire by their own calendar; time itself passes as it does. */
export const WEBHOOK_CLOCK: WebhookClock = {
  now: () => performance.now(),
  wallMs: () => NOW_MS,
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export type Called = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  /** A connection of its own if none is given. */
  readonly agent?: Agent;
};

export type CallAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
};

export const bytesOf = (body: unknown): Uint8Array | string =>
  typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);

/** One call as an API server makes it: POST /mutate, JSON, the certificate checked by name. */
export const call = (
  port: number,
  { method = 'POST', path = '/mutate?timeout=3s', headers, body, agent }: Called = {},
): Promise<CallAnswer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        servername: WEBHOOK_NAME,
        ca: CERTIFICATE.ca,
        headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers },
        agent: agent ?? false,
      },
      response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : bytesOf(body));
  });

/** Connections that are kept, as an API server keeps them. */
export const apiServerAgent = (t: ExecutionContext, maxSockets = 25): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets });
  t.teardown(() => agent.destroy());
  return agent;
};

export type WebhookWorld = {
  readonly server: WebhookServer;
  readonly port: number;
  readonly events: readonly WebhookEvent[];
  /** Resolves with the first event of which this holds, one that has happened included. */
  untilEvent(isMet: (event: WebhookEvent) => boolean): Promise<WebhookEvent>;
  call(called?: Called): Promise<CallAnswer>;
};

export type WorldParts = Partial<WebhookServerOptions> & {
  readonly view?: Partial<ReviewContext['view']>;
};

/** A webhook on a free port of loopback, which ends with the test. */
export const webhookWorld = async (
  t: ExecutionContext,
  { view, ...parts }: WorldParts = {},
): Promise<WebhookWorld> => {
  const events: WebhookEvent[] = [];
  let waiters: (() => void)[] = [];
  const server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    secure: secureWith(CERTIFICATE.serving),
    context: () => ({
      options: CLUSTER_OPTIONS,
      view: { ...LONE_VIEW, ...view },
      excludedNamespaces: ['sluice-system', 'kube-system'],
    }),
    notReady: () => [],
    clock: WEBHOOK_CLOCK,
    ...parts,
    observe: event => {
      events.push(event);
      for (const check of waiters) check();
    },
  });
  t.teardown(() => server.close());
  const untilEvent = (isMet: (event: WebhookEvent) => boolean): Promise<WebhookEvent> =>
    new Promise(resolve => {
      const check = (): void => {
        const found = events.find(isMet);
        if (found === undefined) return;
        waiters = waiters.filter(waiter => waiter !== check);
        resolve(found);
      };
      waiters.push(check);
      check();
    });
  return { server, port: server.port, events, untilEvent, call: called => call(server.port, called) };
};

/** A TLS connection to write bytes on, past its handshake. */
export const connectTls = async (t: ExecutionContext, port: number): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, servername: WEBHOOK_NAME, ca: CERTIFICATE.ca });
  t.teardown(() => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
};
