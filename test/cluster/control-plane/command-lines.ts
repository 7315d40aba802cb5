import type { ClusterVersion } from '../versions.ts';

export type Ports = { readonly etcd: number; readonly etcdPeer: number; readonly api: number };

const flags = (values: Readonly<Record<string, string | number>>): readonly string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

/** One member, on loopback, whose data nobody will miss: 3.7 need not wait for the disk; 3.4 cannot be told so. */
export const etcdFlags = (version: ClusterVersion, { etcd, etcdPeer }: Ports): readonly string[] =>
  flags({
    'data-dir': 'etcd-data',
    'listen-client-urls': `http://127.0.0.1:${etcd}`,
    'advertise-client-urls': `http://127.0.0.1:${etcd}`,
    'listen-peer-urls': `http://127.0.0.1:${etcdPeer}`,
    'initial-advertise-peer-urls': `http://127.0.0.1:${etcdPeer}`,
    'initial-cluster': `default=http://127.0.0.1:${etcdPeer}`,
    'log-level': 'warn',
    ...(version === 'newest' ? { 'unsafe-no-fsync': 'true' } : {}),
  });

/** Everything as a cluster has it: RBAC, webhooks, bound tokens; admission plugins are the version's own defaults. */
export const apiServerFlags = ({ etcd, api }: Ports): readonly string[] =>
  flags({
    'etcd-servers': `http://127.0.0.1:${etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': api,
    // It may not put a loopback address into the Endpoints of its own Service, so it keeps none.
    'advertise-address': '127.0.0.1',
    'endpoint-reconciler-type': 'none',
    'tls-cert-file': 'api-server.crt',
    'tls-private-key-file': 'api-server.key',
    'token-auth-file': 'tokens.csv',
    'authorization-mode': 'RBAC',
    'enable-admission-plugins': 'MutatingAdmissionWebhook,ValidatingAdmissionWebhook',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': 'service-account.pub',
    'service-account-signing-key-file': 'service-account.key',
    // Room for thousands of edge Services.
    'service-cluster-ip-range': '10.96.0.0/16',
    'allow-privileged': 'true',
    // Without kube-proxy nothing answers on the address of a Service: webhooks are called at their endpoints.
    'enable-aggregator-routing': 'true',
  });

export const controllerManagerFlags = (version: ClusterVersion): readonly string[] =>
  flags({
    kubeconfig: 'controller-manager.kubeconfig',
    'leader-elect': 'false',
    'bind-address': '127.0.0.1',
    // No port: nobody asks it. 1.20 has a second one, without TLS.
    'secure-port': 0,
    ...(version === 'oldest' ? { port: 0 } : {}),
    'service-account-private-key-file': 'service-account.key',
    'root-ca-file': 'ca.crt',
    // It makes this folder, by default one of the system's.
    'flex-volume-plugin-dir': 'flex-volumes',
    // By default 20 requests a second: with a thousand Services it is they who would be measured.
    'kube-api-qps': 500,
    'kube-api-burst': 1000,
    // Nodes here are objects without a kubelet: nobody may take them for dead and their pods for unready.
    'node-monitor-grace-period': '24h',
    'node-startup-grace-period': '24h',
  });
