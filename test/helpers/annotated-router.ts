import { type RunningServer, startServer } from '../../router/server.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import type { Secret } from '../../src/core/objects/secret.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { translate } from '../../src/core/translate.ts';
import { TEST_OPTIONS } from './one-pool-router.ts';
import { connectRaw, type RawPeer } from './raw-peer.ts';
import { type RecordingOrigin, startAnsweringOrigin } from './recording-origin.ts';
import { application, path, rule, snapshot, storedIngress, WORLD_OPTIONS } from './stored-world.ts';
import { tableOf } from './written-plan.ts';

export type Annotations = Readonly<Record<string, string>>;

const NGINX = 'nginx.ingress.kubernetes.io/';

/** Names without a prefix are ingress-nginx'. */
export const prefixed = (annotations: Annotations): Annotations =>
  Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [name.includes('/') ? name : NGINX + name, value]),
  );

const ingressWith = (annotations: Annotations): Ingress =>
  storedIngress('web', {
    rules: [rule('taobao.com', path('/', 'cart'))],
    annotations: prefixed(annotations),
  });

export type AnnotatedOptions = {
  readonly secrets?: readonly Secret[];
  /** What the backend answers; null: there is none. */
  readonly answer?: string | ((head: string) => string) | null;
};

/** The plan of one Ingress with these annotations, whose pool is led to `port`; null: nobody is ready. */
export const annotatedPlan = (
  annotations: Annotations,
  port: number | null,
  secrets: readonly Secret[] = [],
): RoutePlan => {
  const { plan } = translate(
    snapshot({
      ingresses: [ingressWith(annotations)],
      secrets,
      ...application('cart', { stable: '10.0.0.1' }),
    }),
    WORLD_OPTIONS,
  );
  const endpoints = port === null ? [] : [{ address: '127.0.0.1', port, pod: null }];
  const state = port === null ? 'empty' : 'ready';
  return { ...plan, pools: plan.pools.map(pool => ({ ...pool, state, endpoints })) };
};

export type AnnotatedWorld = {
  readonly client: RawPeer;
  readonly origin: RecordingOrigin;
  readonly router: RunningServer;
  /** Sends a request of these lines and gives the answer, whole. */
  ask(...lines: readonly string[]): Promise<string>;
};

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

/** True once `text` holds one whole answer with a Content-Length, or one without a body. */
const isWhole = (text: string): boolean => {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? '0';
  return text.length >= end + 4 + Number(length);
};

/** From annotations to bytes: what an Ingress with them does to requests, over real sockets. */
export const inAnnotatedWorld = async (
  annotations: Annotations,
  { secrets = [], answer = OK }: AnnotatedOptions,
  work: (world: AnnotatedWorld) => Promise<void>,
): Promise<readonly string[]> => {
  const bugs: string[] = [];
  const origin = await startAnsweringOrigin(answer ?? OK);
  const router = await startServer({
    routing: tableOf(annotatedPlan(annotations, answer === null ? null : origin.port, secrets)),
    port: 0,
    host: '127.0.0.1',
    options: TEST_OPTIONS,
    log: (message, error) => bugs.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`),
  });
  const client = await connectRaw(router.port);
  const ask = async (...lines: readonly string[]): Promise<string> => {
    client.write(`${lines.join('\r\n')}\r\nHost: taobao.com\r\n\r\n`);
    await client.until(peer => isWhole(peer.received));
    return client.takeReceived();
  };
  try {
    await work({ client, origin, router, ask });
  } finally {
    client.socket.destroy();
    await router.close();
    await origin.close();
  }
  return bugs;
};
