/** Manifests as JSON, which every file may hold: what a test does not name is at its plainest. */
export type WrittenManifest = Readonly<Record<string, unknown>>;

type Placed = { readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };

export type WrittenPath = { readonly path: string; readonly service: string };

/** Host -> paths. */
export const ingressManifest = (
  name: string,
  hosts: Readonly<Record<string, readonly WrittenPath[]>>,
  { namespace = 'default', annotations = {} }: Placed = {},
): WrittenManifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace, annotations },
  spec: {
    rules: Object.entries(hosts).map(([host, paths]) => ({
      host,
      http: {
        paths: paths.map(({ path, service }) => ({
          path,
          pathType: 'Prefix',
          backend: { service: { name: service, port: { number: 80 } } },
        })),
      },
    })),
  },
});

/** A Service that selects by `app` alone, as most do: pods of every track. */
export const serviceManifest = (app: string, { namespace = 'default' }: Placed = {}): WrittenManifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: app, namespace },
  spec: { selector: { app }, ports: [{ port: 80, targetPort: 'http' }] },
});

export type WrittenPod = Placed & {
  readonly app: string;
  readonly port: number;
  readonly track?: string;
  readonly ready?: boolean;
};

/** A pod on loopback. */
export const podManifest = (
  name: string,
  { app, port, track, ready = true, namespace = 'default' }: WrittenPod,
): WrittenManifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app, ...(track === undefined ? {} : { track }) } },
  spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: port }] }] },
  status: {
    phase: 'Running',
    podIP: '127.0.0.1',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});

/** Documents of one file, each from its own line on. */
export const manifestText = (...manifests: readonly WrittenManifest[]): string =>
  manifests.map(manifest => `${JSON.stringify(manifest, null, 1)}\n`).join('---\n');
