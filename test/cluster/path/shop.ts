import { Agent, request } from 'node:http';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { KubectlResult } from '../control-plane/kubectl.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import type { PlaneWithProduct } from '../product/product-for-tests.ts';
import { type Backend, serviceManifest, startBackend } from '../router/backends.ts';

export type Headers = Readonly<Record<string, string>>;

export const GREY: Headers = { foo: 'bar' };

/** Enough that each worker of the router has some of them. */
const CONNECTIONS = 8;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/** What the router answers: the name of the pod, or the status. */
export const ask = (url: string, host: string, headers: Headers = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host, ...headers }, agent }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode === 200 ? text : `${answer.statusCode}`));
    });
    asked.on('error', reject);
    asked.end();
  });

/**
 * Resolves once the pod answers on all connections at once: each worker of the router takes a change over by itself, a
 * busy one a little later.
 */
export const answeredBy = (
  url: string,
  {
    host,
    headers = {},
    pod,
  }: { readonly host: string; readonly headers?: Headers; readonly pod: string | RegExp },
): Promise<true> =>
  eventually(
    `${pod} answers for ${host} ${JSON.stringify(headers)}`,
    async () => {
      const asks = Array.from({ length: CONNECTIONS }, () => ask(url, host, headers));
      const answers = await Promise.all(asks);
      return answers.every(answer => (pod instanceof RegExp ? pod.test(answer) : answer === pod))
        ? true
        : null;
    },
    60_000,
  );

/** An Ingress of class sluice as its author writes it. */
export const ingress = (
  name: string,
  host: string,
  options: { readonly service?: string; readonly tickets?: string } = {},
): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name,
    annotations: {
      'kubernetes.io/ingress.class': 'sluice',
      ...(options.tickets === undefined ? {} : { 'sluice.dev/tickets': options.tickets }),
    },
  },
  spec: {
    rules: [
      {
        host,
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: options.service ?? 'cart-svc', port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
});

/** A namespace with Services and pods that answer with their name. */
export class Shop {
  readonly namespace: string;
  readonly #world: PlaneWithProduct;
  readonly #backends: Backend[] = [];

  private constructor(world: PlaneWithProduct, namespace: string) {
    this.#world = world;
    this.namespace = namespace;
  }

  static async open(world: PlaneWithProduct, namespace: string): Promise<Shop> {
    return new Shop(world, await newNamespace(world.plane(), namespace));
  }

  get #plane(): ControlPlane {
    return this.#world.plane();
  }

  /** kubectl apply, whatever comes of it. */
  tryApply(...objects: readonly object[]): Promise<KubectlResult> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    return this.#plane.kubectl(['apply', '-n', this.namespace, '-f', '-'], { input });
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const { code, stderr } = await this.tryApply(...objects);
    if (code !== 0) throw new Error(stderr);
  }

  /** The Service `APP-svc`, which selects the pods of the app, the edge's too. */
  newService(app: string): Promise<void> {
    return this.apply(serviceManifest(`${app}-svc`, { app }));
  }

  async newPod(name: string, labels: Headers, ready = true): Promise<Backend> {
    const { namespace } = this;
    const backend = await startBackend(
      this.#plane,
      { namespace, name, labels },
      this.#world.nextAddress(),
      ready,
    );
    this.#backends.push(backend);
    return backend;
  }

  /** An object of it, null where there is none. */
  async find(
    kind: 'services' | 'ingresses',
    name: string,
  ): Promise<{ readonly [field: string]: unknown } | null> {
    const api = kind === 'services' ? '/api/v1' : '/apis/networking.k8s.io/v1';
    const path = `${api}/namespaces/${this.namespace}/${kind}/${name}`;
    const { status, body } = await this.#plane.request({ method: 'GET', path });
    return status === 200 ? (body as { readonly [field: string]: unknown }) : null;
  }

  /** Ends the servers of its pods. */
  close(): void {
    for (const { server } of this.#backends) {
      server.close();
      server.closeAllConnections();
    }
  }
}
