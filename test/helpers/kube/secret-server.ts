import type { Connection } from '../../../src/kube/connection/connection.ts';
import type { ApiRequest, ApiResponse, Transport } from '../../../src/kube/connection/transport.ts';

type Data = Readonly<Record<string, string>>;

const bytes = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);

/** One open watch: what it is told comes as it is told, until the reader or the server ends it. */
class Watch implements AsyncIterable<Uint8Array> {
  readonly name: string;
  #lines: Uint8Array[] = [];
  #wake: () => void = () => {};
  #isOver = false;

  constructor(name: string, signal: AbortSignal) {
    this.name = name;
    signal.addEventListener('abort', () => this.end());
  }

  tell(event: unknown): void {
    this.#lines.push(bytes(event));
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) yield line;
      else if (this.#isOver) return;
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
    }
  }
}

/** Lists and watches of single Secrets of the namespace `shop`, as an API server with RBAC answers them. */
export class SecretServer implements Transport {
  /** Names that may be read. */
  readonly granted = new Set<string>();
  /** Names that may be got and nothing else. */
  readonly gettable = new Set<string>();
  /** `list users`, `watch users` and `get users`, in order. */
  readonly asked: string[] = [];
  readonly #secrets = new Map<string, Data>();
  readonly #watches = new Set<Watch>();
  #version = 1;

  get connection(): Pick<Connection, 'transport' | 'served'> {
    return {
      transport: this,
      served: { versionOf: async () => ({ ok: true, value: 'v1' }), forget: () => {} },
    };
  }

  put(name: string, data: Data): void {
    const type = this.#secrets.has(name) ? 'MODIFIED' : 'ADDED';
    this.#version += 1;
    this.#secrets.set(name, data);
    this.#tell(name, { type, object: this.#json(name, data) });
  }

  remove(name: string): void {
    this.#version += 1;
    this.#secrets.delete(name);
    this.#tell(name, { type: 'DELETED', object: this.#json(name, {}) });
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  async send({ path, signal }: ApiRequest): Promise<ApiResponse> {
    const { pathname, searchParams } = new URL(path, 'http://api');
    const name = /^metadata\.name=(.+)$/.exec(searchParams.get('fieldSelector') ?? '')?.[1] ?? '(all)';
    const [, gotten] = /^\/api\/v1\/namespaces\/shop\/secrets\/(.+)$/.exec(pathname) ?? [];
    if (gotten !== undefined) return this.#get(gotten);
    const isWatch = searchParams.get('watch') !== null;
    this.asked.push(`${isWatch ? 'watch' : 'list'} ${name}`);
    if (pathname !== '/api/v1/namespaces/shop/secrets' || !this.granted.has(name)) return forbidden();
    if (!isWatch) {
      const data = this.#secrets.get(name);
      const items = data === undefined ? [] : [this.#json(name, data)];
      return answer(200, { kind: 'SecretList', metadata: { resourceVersion: `${this.#version}` }, items });
    }
    const watch = new Watch(name, signal);
    this.#watches.add(watch);
    return { status: 200, retryAfterMs: null, body: watch };
  }

  renewCredentials(): void {}

  close(): void {
    this.endWatches();
  }

  #get(name: string): ApiResponse {
    this.asked.push(`get ${name}`);
    if (!this.gettable.has(name)) return forbidden();
    const data = this.#secrets.get(name);
    return data === undefined
      ? answer(404, { kind: 'Status', reason: 'NotFound', message: 'not found', code: 404 })
      : answer(200, this.#json(name, data));
  }

  #json(name: string, data: Data): object {
    const metadata = { namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: `${this.#version}` };
    return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
  }

  #tell(name: string, event: unknown): void {
    for (const watch of this.#watches) if (watch.name === name) watch.tell(event);
  }
}

const answer = (status: number, value: unknown): ApiResponse => ({
  status,
  retryAfterMs: null,
  body: (async function* () {
    yield bytes(value);
  })(),
});

const forbidden = (): ApiResponse =>
  answer(403, { kind: 'Status', reason: 'Forbidden', message: 'secrets is forbidden', code: 403 });
