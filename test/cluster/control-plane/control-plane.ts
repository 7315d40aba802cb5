import type { ClusterVersion } from '../versions.ts';
import type { ApiAnswer, ApiRequest } from './api-client.ts';
import type { Kubectl } from './kubectl.ts';
import type { Authority } from './pki.ts';

/** A running etcd, API server and controller manager; no scheduler, no kubelet, no proxy. */
export type ControlPlane = {
  readonly version: ClusterVersion;
  /** `https://127.0.0.1:PORT`; stays the same when the API server is stopped and started. */
  readonly url: string;
  /** PEM; the authority of the API server's certificate. */
  readonly caBundle: string;
  /** Bearer token of a member of `system:masters`. */
  readonly adminToken: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Logs, keys and data; a test may keep files of its own here. */
  readonly folder: string;
  /** Issues serving certificates, for webhooks of a test's own. */
  readonly authority: Authority;
  /** As the administrator; never rejects, the exit code says. */
  readonly kubectl: Kubectl;
  /** As the administrator, without kubectl; rejects only where there is no answer at all. */
  readonly request: (asked: ApiRequest) => Promise<ApiAnswer>;
  /** Kills it at once, as a crash does (SIGKILL), or stops it gracefully (SIGTERM); the controllers end with it. */
  readonly stopApiServer: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  /** On the same port, with the same data; resolves when it is ready; the controllers start again too. */
  readonly startApiServer: () => Promise<void>;
  /** Ends all processes and removes the folder, unless its logs are asked for. */
  readonly stop: (options?: { readonly keepFolder?: boolean }) => Promise<void>;
};
