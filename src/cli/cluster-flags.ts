import { type Command, Option } from 'commander';
import type { AdmissionOptions } from '../admission/admission-options.ts';
import { NO_TCP_PORTS } from '../core/tcp-ports.ts';
import {
  type AdmissionFlags,
  addAdmissionFlags,
  admissionOptions,
  CLUSTER_DEFAULTS,
} from './admission-flags.ts';
import { readNamespace } from './namespace-flag.ts';
import { tcpPortOptions } from './tcp-flags.ts';

/** The flags of every role that works in a cluster. */
export type ClusterFlags = AdmissionFlags & {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
};

/** The class that nobody has to name. */
const DEFAULT_CLASS = { name: 'sluice', entry: '' };

export const addClusterFlags = (command: Command): Command =>
  addAdmissionFlags(
    command
      .addOption(
        new Option(
          '--kubeconfig <PATH>',
          'how to reach the API server (default: KUBECONFIG, the pod that it runs in, ~/.kube/config)',
        ),
      )
      .addOption(new Option('--context <NAME>', 'context of the kubeconfig (default: its current one)'))
      .addOption(
        new Option(
          '--namespace <NAME>',
          'namespace that Sluice is installed in (default: POD_NAMESPACE, or that of the connection)',
        ).argParser(readNamespace),
      ),
    CLUSTER_DEFAULTS,
  );

/** In a cluster a class has to be ours, and nobody serves all hosts or a TCP port unless an installation says so. */
export const clusterOptions = (flags: ClusterFlags): AdmissionOptions => ({
  ...admissionOptions(flags),
  classes: flags.ingressClass ?? [DEFAULT_CLASS],
  everyClass: false,
  catchAllNamespaces: flags.catchAllNamespace ?? [],
  ...tcpPortOptions(flags, NO_TCP_PORTS),
});
