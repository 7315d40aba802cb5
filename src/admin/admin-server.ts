import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { type AdminPage, type PageAnswer, textAnswer } from './admin-page.ts';

/**
 * What strangers on an admin port may cost. It shares a process with what leads the workers, so there are limits though
 * it should be reached by probes and scrapers only.
 */
export type AdminLimits = {
  /** Open at a time; further ones are closed at once. */
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  /** From the start of a connection, or of a further request on it, to the end of the head. */
  readonly headTimeoutMs: number;
  /** Without a byte in either direction, in the middle of a request or an answer. */
  readonly stallTimeoutMs: number;
  /** Between two requests. */
  readonly idleMs: number;
};

export const ADMIN_LIMITS: AdminLimits = {
  maxConnections: 128,
  maxHeaderBytes: 8_192,
  headTimeoutMs: 5_000,
  stallTimeoutMs: 10_000,
  idleMs: 5_000,
};

/** How often Node looks for heads that are late. */
const CHECK_EVERY_MS = 1_000;

export type AdminConfig = {
  /** Whose port it is: `sluice up`. */
  readonly title: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly pages: readonly AdminPage[];
  /** Who sees pages that are not public. @default 'any' */
  readonly metricsFrom?: 'any' | 'loopback';
  /** What differs from ADMIN_LIMITS. */
  readonly limits?: Partial<AdminLimits>;
  /** Is told of bugs. */
  readonly log: (message: string, error: unknown) => void;
};

export type AdminServer = {
  readonly port: number;
  /** Ends every connection. */
  close(): Promise<void>;
};

const indexPage = (title: string, pages: readonly AdminPage[]): AdminPage => {
  const width = Math.max(...pages.map(({ path }) => path.length));
  const lines = [title, '', ...pages.map(({ path, about }) => `${path.padEnd(width)}  ${about}`)];
  return { path: '/', about: 'this list', answer: () => textAnswer(200, lines.join('\n')) };
};

const send = (response: Response, { status, type, text }: PageAnswer): void => {
  response.status(status).type(type).send(text);
};

const onOtherMethod: RequestHandler = ({ method }, response) => {
  // Whatever body comes with it is not waited for.
  response.set({ Allow: 'GET, HEAD', Connection: 'close' });
  if (method === 'OPTIONS') response.status(204).end();
  else send(response, textAnswer(405, 'Only GET and HEAD are answered here.'));
};

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** On a node's own address only health is anybody's business (DESIGN 8). */
const onlyFromHere: RequestHandler = ({ socket }, response, next) => {
  if (LOOPBACK.test(socket.remoteAddress ?? '')) next();
  else send(response, textAnswer(403, 'This page is for loopback only (--metrics-from).'));
};

const application = ({ title, pages, metricsFrom, log }: AdminConfig): Express => {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').set('query parser', false);
  app.use((_, response, next) => {
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    next();
  });
  for (const page of [indexPage(title, pages), ...pages]) {
    if (metricsFrom === 'loopback' && page.isPublic !== true) app.all(page.path, onlyFromHere);
    app
      .route(page.path)
      .get(async (_, response) => send(response, await page.answer()))
      .all(onOtherMethod);
  }
  app.use((_, response) =>
    send(response, textAnswer(404, 'There is no such page; / lists those that there are.')),
  );
  // Four parameters: that is how Express knows it.
  const onError: ErrorRequestHandler = (error: unknown, { path }, response, _next) => {
    log(`a bug in the admin page ${path}`, error);
    send(response, textAnswer(500, 'This page failed; the reason is in the log.'));
  };
  app.use(onError);
  return app;
};

const limited = (app: Express, limits: AdminLimits): Server => {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headTimeoutMs,
      requestTimeout: limits.headTimeoutMs + limits.stallTimeoutMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.headTimeoutMs),
    },
    app,
  );
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.stallTimeoutMs;
  return server;
};

/**
 * Serves health, metrics and the like on a port of their own, the same way in every role.
 * @throws an error with a `code` such as `EADDRINUSE` where the port cannot be had
 */
export const startAdminServer = async (config: AdminConfig): Promise<AdminServer> => {
  const server = limited(application(config), { ...ADMIN_LIMITS, ...config.limits });
  server.listen(config.port, config.host);
  await once(server, 'listening');
  server.on('error', error => config.log('the admin port failed', error));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : config.port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
