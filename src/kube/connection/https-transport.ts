import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Credentials, ServerAccess, TlsIdentity } from './server-access.ts';
import { type ApiRequest, type ApiResponse, type Transport, TransportError } from './transport.ts';

/** Shorter than any API server or load balancer keeps an idle connection, so that we are the ones to close it. */
const IDLE_CONNECTION_MS = 20_000;

/** A peer whose machine is gone is found after 15 + 3 × 5 s, on watches too, as client-go finds it with HTTP/2 pings. */
const KEEP_ALIVE = { enable: true, initialDelay: 15_000, interval: 5_000, count: 3 } as const;

const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_CONNECTION_MS, scheduling: 'lifo' } as const;

const sameBytes = (a: string | Buffer | undefined, b: string | Buffer | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Buffer.from(a).equals(Buffer.from(b)));

const sameIdentity = (a: TlsIdentity, b: TlsIdentity): boolean =>
  sameBytes(a.ca, b.ca) &&
  sameBytes(a.cert, b.cert) &&
  sameBytes(a.key, b.key) &&
  a.servername === b.servername &&
  a.rejectUnauthorized === b.rejectUnauthorized;

/** Seconds, or a date (RFC 9110 10.2.3). */
const retryAfterMs = (value: string | undefined, wallMs: number): number | null => {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - wallMs);
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Node sends the body of a DELETE without its length, which makes it the next request. */
const bodyHeaders = (body: ApiRequest['body']): Record<string, string | number> =>
  body === undefined
    ? {}
    : { 'content-type': body.contentType, 'content-length': Buffer.byteLength(body.text) };

/** Credentials may come from a plugin that hangs. */
const untilAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/**
 * Requests over connections of our own: one each for watches, kept ones for the rest. The generated client of
 * @kubernetes/client-node makes a new agent, hence a new TLS connection, for every request (ADR 0017).
 */
export class HttpsTransport implements Transport {
  readonly #access: ServerAccess;
  readonly #base: URL;
  readonly #wallMs: () => number;
  #identity: TlsIdentity = {};
  #agent: Agent | null = null;

  constructor(access: ServerAccess, wallMs: () => number) {
    this.#access = access;
    this.#base = new URL(access.server);
    this.#wallMs = wallMs;
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    const credentials = await this.#credentials(request.signal);
    try {
      return await this.#exchange(request, credentials);
    } catch (error) {
      // A kept connection that the server had closed when we wrote: nobody saw the request.
      if (error instanceof StaleConnection && request.method === 'GET' && !request.signal.aborted) {
        return this.#exchange(request, credentials);
      }
      throw error;
    }
  }

  renewCredentials(): void {
    this.#access.renew();
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #credentials(signal: AbortSignal): Promise<Credentials> {
    try {
      return await untilAborted(this.#access.credentials(), signal);
    } catch (error) {
      throw new TransportError(`no credentials from ${this.#access.origin}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Certificates may change while we run; connections made with the old ones end as they become idle. */
  #agentFor({ tls, agent }: Credentials): Agent {
    if (agent !== undefined) return agent;
    if (this.#agent === null || !sameIdentity(this.#identity, tls)) {
      this.#identity = tls;
      this.#agent =
        this.#base.protocol === 'http:'
          ? new HttpAgent(AGENT_OPTIONS)
          : new HttpsAgent({ ...AGENT_OPTIONS, ...tls });
    }
    return this.#agent;
  }

  #exchange(request: ApiRequest, credentials: Credentials): Promise<ApiResponse> {
    const { method, path, body, signal } = request;
    const send = this.#base.protocol === 'http:' ? httpRequest : httpsRequest;
    return new Promise((resolve, reject) => {
      const sent = send({
        method,
        hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
        port: this.#base.port,
        path: `${this.#base.pathname.replace(/\/$/, '')}${path}`,
        agent: this.#agentFor(credentials),
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': 'sluice',
          ...credentials.headers,
          ...bodyHeaders(body),
        },
      });
      sent.on('socket', (socket: Socket) => socket.setKeepAlive(KEEP_ALIVE));
      sent.on('error', error => {
        const Failure = sent.reusedSocket && !signal.aborted ? StaleConnection : TransportError;
        reject(new Failure(messageOf(error), { cause: error }));
      });
      sent.on('response', (response: IncomingMessage) => {
        resolve({
          status: response.statusCode ?? 0,
          retryAfterMs: retryAfterMs(response.headers['retry-after'], this.#wallMs()),
          body: response,
        });
      });
      sent.end(body?.text);
    });
  }
}

class StaleConnection extends TransportError {}
