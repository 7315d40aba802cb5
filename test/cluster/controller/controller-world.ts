import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostKey } from '../../../src/core/host-key.ts';
import { answered } from '../control-plane/answered.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { type ServerProcess, startServer } from '../control-plane/server-process.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { pointWebhooksAt } from '../control-plane/webhook-configurations.ts';
import { applyInstallation } from './installed-manifests.ts';
import { type ReviewServer, startReviewServer } from './review-server.ts';

export const SYSTEM = 'sluice-system';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export type Json = { readonly [field: string]: unknown };

export type Stored = {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: Json & { readonly rules?: readonly { readonly host?: string }[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
};

export type ToldEvent = {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
};

type Kind = 'services' | 'ingresses';

export const pathOf = (kind: Kind, namespace: string, name: string): string =>
  `${kind === 'services' ? '/api/v1' : '/apis/networking.k8s.io/v1'}/namespaces/${namespace}/${kind}/${name}`;

export const collectionOf = (kind: Kind, namespace: string): string =>
  pathOf(kind, namespace, '').slice(0, -1);

export const service = (name: string, selector: Json = { app: name }): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
});

/** Of class sluice, as the seed names classes. */
export const ingress = (
  name: string,
  host: string,
  backend = 'cart',
  annotations: Readonly<Record<string, string>> = {},
): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, annotations: { 'kubernetes.io/ingress.class': 'sluice', ...annotations } },
  spec: {
    rules: [
      {
        host,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: backend, port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

export const hostOf = (stored: Stored | null): string => stored?.spec.rules?.[0]?.host ?? '';

/** A control plane with the product installed, its admission behind a server of the test, and controllers. */
export class ControllerWorld {
  readonly plane: () => ControlPlane;
  readonly controllers: ServerProcess[] = [];
  reviews: ReviewServer | null = null;

  constructor(plane: () => ControlPlane) {
    this.plane = plane;
  }

  /** Applies the shipped manifests, and waits until Ingresses pass admission. */
  async install(): Promise<void> {
    await applyInstallation(this.plane());
    this.reviews = await startReviewServer(this.plane());
    await pointWebhooksAt(this.plane(), {
      url: this.reviews.url,
      caBundle: this.plane().authority.certificate,
      names: ['sluice', 'sluice-services'],
    });
    // The API server learns of webhooks by a watch of its own: until it has, hosts stay as they are.
    await newNamespace(this.plane(), 'first');
    await eventually('the webhook is called', async () => {
      const path = `${collectionOf('ingresses', 'first')}?dryRun=All`;
      const { body } = await this.plane().request({
        method: 'POST',
        path,
        body: ingress('probe', 'probe.example'),
      });
      return hostOf(body as Stored) === hostKey('probe.example') ? true : null;
    });
  }

  logFile(name: string): string {
    return join(this.plane().folder, `${name}.log`);
  }

  /** One under exactly the shipped rights; its log is `logFile(name)`. */
  async startController(name: string, extra: readonly string[] = []): Promise<ServerProcess> {
    const kubeconfig = await serviceAccountKubeconfig(this.plane(), {
      namespace: SYSTEM,
      name: 'sluice-controller',
    });
    const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${SYSTEM}`, '--certificates=cert-manager'];
    const started = startServer([process.execPath, MAIN, 'controller', ...flags, ...extra], {
      folder: this.plane().folder,
      logFile: this.logFile(name),
    });
    this.controllers.push(started);
    return started;
  }

  /** `--restore`, under the rights of the Job; resolves when it has ended. */
  async restore(name: string): Promise<void> {
    const kubeconfig = await serviceAccountKubeconfig(this.plane(), {
      namespace: SYSTEM,
      name: 'sluice-restore',
    });
    const job = startServer(
      [
        process.execPath,
        MAIN,
        'controller',
        '--restore',
        `--kubeconfig=${kubeconfig}`,
        `--namespace=${SYSTEM}`,
      ],
      { folder: this.plane().folder, logFile: this.logFile(name) },
    );
    await eventually(`${name} has ended`, () => (job.hasExited() ? true : null), 100_000);
  }

  /** The port of a controller with `--admin-port=0`. */
  adminPort(name: string): Promise<string> {
    return eventually('the admin port is known', async () => {
      const text = await readFile(this.logFile(name), 'utf8').catch(() => '');
      return /"port":(\d+),"msg":"health and metrics"/.exec(text)?.[1] ?? null;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.controllers.map(one => one.stop()));
    await this.reviews?.stop();
  }

  async find(kind: Kind, namespace: string, name: string): Promise<Stored | null> {
    const { status, body } = await this.plane().request({
      method: 'GET',
      path: pathOf(kind, namespace, name),
    });
    return status === 200 ? (body as Stored) : null;
  }

  create(kind: Kind, namespace: string, body: Json): Promise<unknown> {
    return answered(this.plane(), { method: 'POST', path: collectionOf(kind, namespace), body });
  }

  remove(kind: Kind, namespace: string, name: string): Promise<unknown> {
    return answered(this.plane(), { method: 'DELETE', path: pathOf(kind, namespace, name) });
  }

  merge(path: string, body: Json): Promise<unknown> {
    return answered(this.plane(), {
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  async events(namespace: string): Promise<readonly ToldEvent[]> {
    const { items } = (await answered(this.plane(), {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events`,
    })) as { readonly items: readonly ToldEvent[] };
    return items;
  }

  /** `HostTaken web`: the Event of that reason about that object. */
  eventAbout(namespace: string, text: string, timeoutMs?: number): Promise<ToldEvent> {
    return eventually(
      `the Event ${text}`,
      async () => {
        const told = await this.events(namespace);
        return told.find(({ reason, involvedObject }) => `${reason} ${involvedObject.name}` === text) ?? null;
      },
      timeoutMs,
    );
  }
}
