import { type Command, Option } from 'commander';
import { readCertificateName } from './certificate-name.ts';
import { addClusterFlags, type ClusterFlags } from './cluster-flags.ts';
import { durationText, readDuration } from './duration.ts';
import { readNamespaces } from './namespace-flag.ts';
import { readPort } from './port.ts';

export type WebhookFlags = ClusterFlags & {
  readonly port: number;
  readonly address: string;
  readonly adminPort: number;
  readonly adminAddress: string;
  readonly excludeNamespace?: readonly string[];
  readonly service: string;
  readonly certificateName?: readonly string[];
  readonly configuration: string;
  readonly tlsSecret: string;
  readonly tlsDir?: string;
  /** Milliseconds, as all times behind the command line. */
  readonly drainWait: number;
  readonly idleWait: number;
};

/** Longer than a load balancer's or kube-proxy's last news of a pod that is not ready any more. */
const DRAIN_WAIT_MS = 20_000;

/** An API server closes a connection after 90 s without a review (Go's `IdleConnTimeout` as client-go sets it). */
const IDLE_WAIT_MS = 95_000;

export const addWebhookFlags = (command: Command): Command =>
  addClusterFlags(command)
    .addOption(new Option('--port <PORT>', 'port for reviews, HTTPS').argParser(readPort).default(8443))
    .addOption(new Option('--address <ADDRESS>', 'address to listen on').default('::', 'all'))
    .addOption(
      new Option('--admin-port <PORT>', 'port for health and metrics').argParser(readPort).default(9090),
    )
    .addOption(new Option('--admin-address <ADDRESS>', 'address of the admin port').default('::', 'all'))
    .addOption(
      new Option(
        '--exclude-namespace <NAMESPACE>',
        'namespace whose Ingresses are left alone, besides our own (repeatable; default: kube-system)',
      ).argParser(readNamespaces),
    )
    .addOption(
      new Option(
        '--service <NAME>',
        'Service by which API servers call, whose name the certificate must have',
      ).default('sluice-webhook'),
    )
    .addOption(
      new Option(
        '--certificate-name <NAME>',
        'further host name or address that the certificate must have, where API servers call by URL (repeatable; default: none)',
      ).argParser(readCertificateName),
    )
    .addOption(
      new Option(
        '--configuration <NAME>',
        'webhook configurations of both kinds, and NAME-services, whose caBundle must fit the certificate',
      ).default('sluice'),
    )
    .addOption(
      new Option('--tls-secret <NAME>', 'Secret of the own namespace with the certificate to serve').default(
        'sluice-webhook-tls',
      ),
    )
    .addOption(
      new Option(
        '--tls-dir <PATH>',
        'folder with tls.crt and tls.key to serve in place of the Secret; looked at again and again (default: none)',
      ),
    )
    .addOption(
      new Option(
        '--drain-wait <TIME>',
        'time from a stop in which new connections come; /readyz says no meanwhile',
      )
        .argParser(readDuration)
        .default(DRAIN_WAIT_MS, durationText(DRAIN_WAIT_MS)),
    )
    .addOption(
      new Option(
        '--idle-wait <TIME>',
        'time from a stop that idle connections may stay: API servers close them after 90 s',
      )
        .argParser(readDuration)
        .default(IDLE_WAIT_MS, durationText(IDLE_WAIT_MS)),
    );
