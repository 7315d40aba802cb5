import { env } from 'node:process';

/** The two ends of what Sluice supports; DESIGN 13. */
export const CLUSTER_VERSIONS = ['newest', 'oldest'] as const;
export type ClusterVersion = (typeof CLUSTER_VERSIONS)[number];

/** What a control plane consists of here: no scheduler, no kubelet, no proxy. */
export const BINARIES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type Binary = (typeof BINARIES)[number];

export const isClusterVersion = (text: string): text is ClusterVersion =>
  CLUSTER_VERSIONS.some(version => version === text);

/** The version that this run of the tests is about: `npm run test:cluster` sets it for every test file. */
export const versionUnderTest = (): ClusterVersion => {
  const asked = env.SLUICE_CLUSTER_VERSION ?? 'newest';
  if (isClusterVersion(asked)) return asked;
  throw new Error(`SLUICE_CLUSTER_VERSION is ${asked}; it can be ${CLUSTER_VERSIONS.join(' or ')}`);
};
