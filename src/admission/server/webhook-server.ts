import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { Server as TlsServer } from 'node:tls';
import { type WebhookAppOptions, webhookApp } from './webhook-app.ts';
import type { WebhookClock } from './webhook-clock.ts';
import { WEBHOOK_LIMITS, type WebhookLimits } from './webhook-limits.ts';

export type WebhookServerOptions = Omit<WebhookAppOptions, 'isLeaving' | 'limits'> & {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Gives a server the certificate, now and whenever it changes; handshakes fail until there is one. */
  readonly secure: (server: TlsServer) => void;
  /** What differs from WEBHOOK_LIMITS. */
  readonly limits?: Partial<WebhookLimits>;
};

export type DrainTimes = {
  /** How long new reviews are still taken: until every API server has seen that we are no longer ready. */
  readonly waitMs: number;
  /**
   * From the start, how long connections may stay that nobody asks anything on: until their API servers close them.
   * A review could be on its way on one that we closed, and a POST is not sent again.
   */
  readonly idleMs: number;
  /** How long the reviews that then still run may take. */
  readonly finishMs: number;
};

/** The webhook's port. */
export type WebhookServer = {
  readonly port: number;
  /**
   * Leaves without failing a review (checklist W9): not ready any more, serves on for `waitMs` while each answer
   * ends its connection, and on until the others have ended theirs or `idleMs` is over; then closes idle connections,
   * and what is left after `finishMs`.
   */
  drain(times: DrainTimes): Promise<void>;
  /** Ends every connection at once. */
  close(): Promise<void>;
};

const LEAVING = 'this process is about to end';

const tlsServer = (limits: WebhookLimits): Server => {
  const server = createServer({
    // API servers ask for HTTP/1.1 alone, since HTTP/2 would tie each of them to one replica (kubernetes #75791).
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.headTimeoutMs,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.headTimeoutMs + limits.maxTimeoutMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: 16_384,
    noDelay: true,
  });
  server.maxHeadersCount = 100;
  server.maxConnections = limits.maxConnections;
  return server;
};

/** Tells when none is left of the connections of a server. */
const connectionsOf = (server: Server) => {
  let open = 0;
  let told: () => void = () => undefined;
  server.on('connection', socket => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      if (open === 0) told();
    });
  });
  return {
    /** Resolves once none is open, or when the time is over. */
    untilNone: (clock: WebhookClock, atMostMs: number): Promise<void> =>
      new Promise(resolve => {
        if (open === 0 || atMostMs <= 0) return resolve();
        const stopWaiting = clock.after(atMostMs, resolve);
        told = () => {
          stopWaiting();
          resolve();
        };
      }),
  };
};

/**
 * Serves reviews over HTTPS. Everything that it decides comes from `context`; everything that happens goes to
 * `observe`.
 * @throws an error with a `code` such as `EADDRINUSE` where the port cannot be had
 */
export const startWebhookServer = async (options: WebhookServerOptions): Promise<WebhookServer> => {
  const { host, port, secure, observe, clock } = options;
  const limits = { ...WEBHOOK_LIMITS, ...options.limits };
  let isLeaving = false;
  const app = webhookApp({
    ...options,
    limits,
    isLeaving: () => isLeaving,
    notReady: () => (isLeaving ? [LEAVING, ...options.notReady()] : options.notReady()),
  });
  const server = tlsServer(limits);
  const connections = connectionsOf(server);
  server.on('request', app);
  server.on('tlsClientError', error =>
    observe({ kind: 'handshakeFailed', code: 'code' in error ? String(error.code) : 'unknown' }),
  );
  secure(server);
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', error => observe({ kind: 'bug', error }));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    drain: async ({ waitMs, idleMs, finishMs }) => {
      isLeaving = true;
      await new Promise<void>(resolve => clock.after(waitMs, resolve));
      await connections.untilNone(clock, idleMs - waitMs);
      const closed = once(server, 'close');
      // No more connections; Node ends those that are idle, and each of the others with its answer.
      server.close();
      const stopWaiting = clock.after(finishMs, () => server.closeAllConnections());
      await closed;
      stopWaiting();
    },
    close: async () => {
      isLeaving = true;
      const closed = server.listening ? once(server, 'close') : null;
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
