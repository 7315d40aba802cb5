/** Objects as users write them, for controllers under test. */
export const writtenService = (
  name: string,
  parts: {
    readonly namespace?: string;
    readonly spec?: object;
    readonly labels?: object;
    readonly uid?: string;
  } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: parts.namespace ?? 'shop', name, labels: parts.labels ?? {} },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    selector: { app: name },
    ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
    ...parts.spec,
  },
});

export const writtenIngress = (
  name: string,
  parts: {
    readonly namespace?: string;
    readonly host?: string;
    readonly service?: string;
    readonly className?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly created?: string;
  } = {},
) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    namespace: parts.namespace ?? 'shop',
    name,
    annotations: parts.annotations ?? {},
    creationTimestamp: parts.created ?? '2026-01-01T00:00:00Z',
  },
  spec: {
    ingressClassName: parts.className ?? 'sluice',
    rules: [
      {
        host: parts.host ?? `${name}.example`,
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: parts.service ?? 'cart', port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
});
