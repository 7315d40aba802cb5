import type { EngineOptions } from '../../router/engine.ts';
import { EMPTY_PLAN } from '../../router/routing/plan-delta.ts';
import { startServer } from '../../router/server.ts';
import type { SecureContexts } from '../../router/tls/secure-contexts.ts';
import type { CertificatePlan, HostPlan } from '../../src/core/route-plan.ts';
import type { RoutePolicy } from '../../src/core/route-settings.ts';
import { TEST_OPTIONS } from './one-pool-router.ts';
import { type RecordingOrigin, startAnsweringOrigin } from './recording-origin.ts';
import { contextsOf } from './tls-certificates.ts';
import { host, prefix, tableOf, to } from './written-plan.ts';

export type TlsWorld = {
  readonly port: number;
  readonly tlsPort: number;
  readonly contexts: SecureContexts;
  readonly origin: RecordingOrigin;
  readonly counter: (
    name: Parameters<Awaited<ReturnType<typeof startServer>>['counters']['get']>[0],
  ) => number;
};

export type TlsWorldParts = {
  readonly certificates?: readonly CertificatePlan[];
  /** Certificate ids by host of a rule; null: the default one. */
  readonly hosts: Readonly<Record<string, string | null>>;
  readonly policies?: readonly RoutePolicy[];
  readonly options?: Partial<EngineOptions>;
  readonly answer?: string;
  /** False: the router has no port for TLS. */
  readonly isSecure?: boolean;
};

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

const plainHost = (name: string, policies: readonly RoutePolicy[]): HostPlan =>
  host(name, [[prefix('/'), to('cart', policies.length === 0 ? {} : { policies })]]);

/** A router with a real table on both ports, in front of one origin. Resolves with what the engine called a bug. */
export const inTlsWorld = async (
  { certificates = [], hosts, policies = [], options = {}, answer = OK, isSecure = true }: TlsWorldParts,
  work: (world: TlsWorld) => Promise<void>,
): Promise<readonly string[]> => {
  const bugs: string[] = [];
  const log = (message: string, error?: unknown): void =>
    void bugs.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`);
  const origin = await startAnsweringOrigin(answer);
  const contexts = contextsOf(certificates, {
    log,
    protocols: options.http2 === true ? ['h2', 'http/1.1'] : ['http/1.1'],
  });
  const endpoints = [{ address: '127.0.0.1', port: origin.port, pod: null }];
  const names = Object.keys(hosts).sort();
  const router = await startServer({
    routing: tableOf({
      ...EMPTY_PLAN,
      hosts: names.map(name => {
        const certificate = hosts[name] ?? null;
        return { ...plainHost(name, policies), ...(certificate !== null && { certificate }) };
      }),
      pools: [{ id: 'cart', state: 'ready', endpoints }],
    }),
    contexts: isSecure ? contexts : null,
    port: 0,
    ...(isSecure && { tlsPort: 0 }),
    host: '127.0.0.1',
    options: { ...TEST_OPTIONS, ...options },
    log,
  });
  const [port = 0, tlsPort = 0] = router.listeners.ports;
  try {
    await work({ port, tlsPort, contexts, origin, counter: name => router.counters.get(name) });
  } finally {
    await router.close();
    await origin.close();
  }
  return bugs;
};
