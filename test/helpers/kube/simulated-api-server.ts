import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRecord } from '../../../src/core/canonical-json.ts';
import { type HistoryEvent, SimulatedObjects, StatusError, type StoredJson } from './simulated-objects.ts';

type Target = {
  readonly collection: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string | null;
  readonly query: URLSearchParams;
};

const PATH =
  /^\/(?:api|apis\/([^/]+))\/(v[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/;

const targetOf = (url: string): Target | null => {
  const { pathname, searchParams: query } = new URL(url, 'http://api');
  const match = PATH.exec(pathname);
  if (match === null) return null;
  const [, group, version = '', namespace = '', plural = '', name = null] = match.map(part =>
    part === undefined ? undefined : decodeURIComponent(part),
  );
  const apiVersion = group === undefined ? version : `${group}/${version}`;
  return { collection: `${group ?? ''}/${plural}`, apiVersion, namespace, name, query };
};

/** `a=b,c!=d` on labels, `metadata.name=x` on fields: what our reflectors ask for. */
const selects = ({ query }: Target, { metadata }: StoredJson): boolean => {
  const labels = isRecord(metadata.labels) ? metadata.labels : {};
  const equal = (selector: string | null, fieldOf: (name: string) => unknown): boolean =>
    (selector ?? '')
      .split(',')
      .filter(term => term !== '')
      .every(term => {
        const [name = '', value = ''] = term.split('=');
        return fieldOf(name) === value;
      });
  return (
    equal(query.get('labelSelector'), name => labels[name]) &&
    equal(query.get('fieldSelector'), name => (name === 'metadata.name' ? metadata.name : undefined))
  );
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? {} : JSON.parse(text);
};

export type SimulatedApiServer = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly objects: SimulatedObjects;
  /** Sends a bookmark on every open watch, as a server does about once a minute. */
  readonly bookmark: () => void;
  readonly close: () => Promise<void>;
};

export type SimulatedApiOptions = {
  /** `group/version`s that discovery names beside v1. */
  readonly groupVersions?: readonly string[];
};

/**
 * As much of an API server as list, watch and writes need, over real HTTP: paging with tokens, watches from a
 * resourceVersion, bookmarks, 409, 410. The same tests run against a real one in test/cluster.
 */
export class ApiServerFace {
  readonly objects = new SimulatedObjects();
  readonly #groupVersions: readonly string[];
  readonly #watches = new Set<{ readonly target: Target; readonly response: ServerResponse }>();

  constructor({
    groupVersions = ['coordination.k8s.io/v1', 'discovery.k8s.io/v1', 'networking.k8s.io/v1'],
  }: SimulatedApiOptions) {
    this.#groupVersions = groupVersions;
    this.objects.onEvent(event => {
      for (const { target, response } of this.#watches) this.#sendEvent(target, response, event);
    });
  }

  bookmark(): void {
    for (const { response } of this.#watches) {
      const object = {
        metadata: { resourceVersion: String(this.objects.revision), creationTimestamp: null },
      };
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url === '/apis') return this.#answer(response, 200, this.#groups());
      const target = targetOf(request.url ?? '');
      if (target === null) throw new StatusError(404, '', 'page not found');
      if (target.query.get('watch') === 'true') return this.#watch(target, response);
      const created = request.method === 'POST' ? 201 : 200;
      this.#answer(response, created, await this.#call(request, target));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#answer(response, error.code, error.body);
    }
  }

  #groups(): object {
    const groups = this.#groupVersions.map(groupVersion => ({ versions: [{ groupVersion }] }));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }

  async #call(request: IncomingMessage, target: Target): Promise<object> {
    const { collection, namespace, name, query, apiVersion } = target;
    const dryRun = query.get('dryRun') === 'All';
    if (request.method === 'GET' && name === null) return this.#list(target);
    const body = await readJson(request);
    if (request.method === 'POST') {
      const metadata = isRecord(body) && isRecord(body.metadata) ? body.metadata : {};
      return this.objects.create({ collection, namespace, name: String(metadata.name) }, body, dryRun);
    }
    const ref = { collection, namespace, name: name ?? '' };
    if (request.method === 'PUT') return this.objects.replace(ref, body, dryRun);
    if (request.method === 'PATCH') return this.objects.patch(ref, body, dryRun);
    if (request.method === 'DELETE') {
      const preconditions = isRecord(body) && isRecord(body.preconditions) ? body.preconditions : {};
      return this.objects.delete(ref, preconditions, isRecord(body) && Array.isArray(body.dryRun));
    }
    return { apiVersion, ...this.objects.get(ref) };
  }

  #list(target: Target): object {
    const { collection, namespace, query, apiVersion } = target;
    const [at = this.objects.revision, from = 0] = (query.get('continue') ?? '')
      .split(':')
      .filter(Boolean)
      .map(Number);
    if (at < this.objects.compactedTo) throw new StatusError(410, 'Expired', 'the continue token is too old');
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
    const all = this.objects.list(collection, namespace).filter(json => selects(target, json));
    const rest = all.length > from + limit ? { continue: `${at}:${from + limit}` } : {};
    // Items of a typed list name neither kind nor apiVersion.
    const items = all.slice(from, from + limit).map(({ kind, apiVersion, ...json }) => json);
    return { kind: 'List', apiVersion, metadata: { resourceVersion: String(at), ...rest }, items };
  }

  #watch(target: Target, response: ServerResponse): void {
    const from = Number(target.query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.objects.compactedTo) {
      const object = new StatusError(410, 'Expired', `too old resource version: ${from}`).body;
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    for (const event of this.objects.history) {
      if (event.revision > from) this.#sendEvent(target, response, event);
    }
    const watch = { target, response };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
  }

  #sendEvent(
    target: Target,
    response: ServerResponse,
    { type, object, collection, namespace }: HistoryEvent,
  ): void {
    if (collection !== target.collection || !selects(target, object)) return;
    if (target.namespace !== '' && namespace !== target.namespace) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
  }

  #answer(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}

/** Starts one on a free port of loopback. */
export const startApiServer = async (options: SimulatedApiOptions = {}): Promise<SimulatedApiServer> => {
  const face = new ApiServerFace(options);
  const server: Server = createServer((request, response) => void face.serve(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    objects: face.objects,
    bookmark: () => face.bookmark(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
