import { CLUSTER_VERSIONS, type ClusterVersion, isClusterVersion } from './versions.ts';

/** What `--version` of a command asks for: one version, or both where it is not given. Ends the command at others. */
export const versionsAskedFor = (asked: string | undefined): readonly ClusterVersion[] => {
  if (asked === undefined) return CLUSTER_VERSIONS;
  if (isClusterVersion(asked)) return [asked];
  console.error(`error: --version ${asked}: it can be ${CLUSTER_VERSIONS.join(' or ')}`);
  process.exit(2);
};
