import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiRequest, Transport } from '../../../src/kube/connection/transport.ts';

/** What a request is, as far as faults care. */
export type RequestKind = 'list' | 'page' | 'watch' | 'other';

/** A request that has come in, faults included. */
export type SeenRequest = {
  readonly kind: RequestKind;
  readonly query: URLSearchParams;
  readonly path: string;
};

/** What befalls one request in the place of its answer. */
export type Fault =
  /** No byte, and no end. */
  | { readonly do: 'hang' }
  /** RST in the place of an answer. */
  | { readonly do: 'reset' }
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The first half of the answer, then an end in order or an RST. */
  | { readonly do: 'half'; readonly end: 'fin' | 'rst' };

/** Changes what passes on watches: the lines to send in the place of one. */
export type EventFilter = (line: string) => readonly string[];

const kindOf = (method: string, query: URLSearchParams): RequestKind => {
  if (method !== 'GET') return 'other';
  if (query.get('watch') === 'true') return 'watch';
  if (query.get('continue')) return 'page';
  return query.has('limit') ? 'list' : 'other';
};

type OpenWatch = { readonly response: ServerResponse; frozen: boolean };

const readText = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const reset = (response: ServerResponse): void => {
  (response.socket as Socket | null)?.resetAndDestroy();
};

/** Stands in front of an API server, simulated or real, and does to requests what networks and servers do. */
export class FaultProxy {
  readonly #upstream: Transport;
  readonly #server: Server;
  readonly #faults = new Map<RequestKind, Fault[]>();
  readonly #watches = new Set<OpenWatch>();
  readonly #onRequest: (seen: SeenRequest) => void;
  #port = 0;
  seen: SeenRequest[] = [];
  filter: EventFilter = line => [line];

  constructor(upstream: Transport, onRequest: (seen: SeenRequest) => void) {
    this.#upstream = upstream;
    this.#onRequest = onRequest;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, again on the same port after `down`. */
  async up(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections are refused, and those that are open are reset. */
  async down(): Promise<void> {
    for (const { response } of this.#watches) reset(response);
    await new Promise<void>(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** For the next request of a kind; several wait in line. */
  fault(kind: RequestKind, ...faults: readonly Fault[]): void {
    this.#faults.set(kind, [...(this.#faults.get(kind) ?? []), ...faults]);
  }

  count(kind: RequestKind): number {
    return this.seen.filter(seen => seen.kind === kind).length;
  }

  /** Open watches fall silent for ever, without FIN: what they are sent is lost. */
  freezeWatches(): void {
    for (const watch of this.#watches) watch.frozen = true;
  }

  resetWatches(): void {
    for (const { response } of this.#watches) reset(response);
  }

  endWatches(): void {
    for (const { response } of this.#watches) response.end();
  }

  /** Bytes of our own on every open watch. */
  inject(text: string): void {
    for (const { response } of this.#watches) response.write(text);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://proxy');
    const kind = kindOf(request.method ?? '', query);
    const seen = { kind, query, path };
    this.seen.push(seen);
    const fault = this.#faults.get(kind)?.shift();
    this.#onRequest(seen);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      if (fault === undefined || fault.do === 'half') {
        await this.#forward(request, response, { kind, fault, signal: gone.signal });
      } else if (fault.do === 'reset') reset(response);
      else if (fault.do === 'answer')
        response.writeHead(fault.status, { ...fault.headers }).end(fault.body ?? '');
    } catch {
      // The other side is gone, or the API server is: this side learns of it as it would without a proxy.
      reset(response);
    }
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    {
      kind,
      fault,
      signal,
    }: { readonly kind: RequestKind; readonly fault: Fault | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    const text = (await readText(request)).toString('utf8');
    const contentType = request.headers['content-type'] ?? 'application/json';
    const answer = await this.#upstream.send({
      method: (request.method ?? 'GET') as ApiRequest['method'],
      path: request.url ?? '',
      signal,
      ...(text === '' ? {} : { body: { contentType, text } }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    if (kind === 'watch' && answer.status === 200) return this.#relayWatch(answer.body, response);
    const body = await readText(answer.body);
    if (fault?.do !== 'half') {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, body.length / 2), () => {
      if (fault.end === 'fin') response.end();
      else reset(response);
    });
  }

  async #relayWatch(body: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
    response.flushHeaders();
    const watch: OpenWatch = { response, frozen: false };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + Buffer.from(chunk).toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      if (watch.frozen) continue;
      for (const line of lines.flatMap(this.filter)) response.write(`${line}\n`);
    }
    if (!watch.frozen) response.end();
  }
}
