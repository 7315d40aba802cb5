import type { TranslatorOptions } from '../core/translation/translation.ts';
import { type ClusterFlags, clusterOptions } from './cluster-flags.ts';
import type { RouterFlags } from './router-flags.ts';
import { defaultCertificateOf } from './standalone-translation.ts';

/** How a router translates the objects of a cluster: pods are Pods, and others store the edge Services. */
export const clusterTranslation = (
  flags: ClusterFlags & Pick<RouterFlags, 'defaultCertificate'>,
): TranslatorOptions => ({
  ...clusterOptions(flags),
  endpoints: { allowLoopback: false, requirePodTargetRef: true },
  impliedEdgeServices: false,
  secrets: 'granted',
  ...defaultCertificateOf(flags.defaultCertificate),
});
