import type { Logger } from 'pino';
import { certificatesIn } from '../../certs/certificates-in.ts';
import { type AdminServer, startAdminServer } from '../admin/admin-server.ts';
import { healthPages } from '../admin/health-pages.ts';
import { metricsPage } from '../admin/metrics-page.ts';
import type { WatchFacts } from '../admin/watch-families.ts';
import { type WebhookFacts, webhookMetrics } from '../admin/webhook-metrics.ts';
import { startWebhookServer, type WebhookServer } from '../admission/server/webhook-server.ts';
import { systemClock } from '../kube/clock.ts';
import type { Connection } from '../kube/connection/connection.ts';
import { ApiObjectClient } from '../kube/objects/api-object-client.ts';
import { lookUpSecrets } from '../kube/secret-lookup.ts';
import { clusterConnection } from './cluster-connection.ts';
import { clusterOptions } from './cluster-flags.ts';
import { durationText } from './duration.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { givenAddress, listenFailure, startOn } from './listening-port.ts';
import { roleLog } from './role-log.ts';
import { stopRequest } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';
import { troubleTeller } from './trouble-line.ts';
import { staleness, watchFacts } from './watch-facts.ts';
import { type FollowedCertificate, followCertificate } from './webhook-certificate.ts';
import type { WebhookFlags } from './webhook-flags.ts';
import { type FollowedIndex, followCluster } from './webhook-index.ts';
import { WebhookReport } from './webhook-report.ts';

/** What runs when connections are closed may take this long; API servers give up after 3 s as installed. */
const FINISH_MS = 10_000;

/** A remark about a certificate is not worth a review that comes too late. */
const LOOK_UP_MS = 500;

/** What the parts of the role share. */
class WebhookRole {
  readonly flags: WebhookFlags;
  readonly log: Logger;
  readonly #namespace: string;
  readonly #connection: Connection;
  readonly #cluster: FollowedIndex;
  readonly #certificate: FollowedCertificate;
  readonly #metrics = webhookMetrics({ facts: () => this.#facts(), watched: () => this.#watched() });
  #isStopping = false;

  constructor(flags: WebhookFlags, log: Logger, cluster: { connection: Connection; namespace: string }) {
    const { connection, namespace } = cluster;
    this.flags = flags;
    this.log = log;
    this.#namespace = namespace;
    this.#connection = connection;
    this.#cluster = followCluster(clusterOptions(flags), namespace, {
      connection,
      clock: systemClock,
      random: Math.random,
      onTrouble: troubleTeller(log, 'reviews go on being judged by what is known'),
      onUnreadable: object => log.warn(object, 'an object cannot be read; its last good version counts'),
    });
    const client = new ApiObjectClient({ connection, clock: systemClock });
    this.#certificate = followCertificate({ flags, namespace, client, log });
  }

  follow(): void {
    this.#cluster.watched.start();
  }

  leave(): void {
    this.#isStopping = true;
  }

  async stopFollowing(): Promise<void> {
    await Promise.all([this.#cluster.watched.stop(), this.#certificate.stop()]);
  }

  startServer(host: string): Promise<WebhookServer> {
    const options = clusterOptions(this.flags);
    const excludedNamespaces = [this.#namespace, ...(this.flags.excludeNamespace ?? ['kube-system'])];
    const view = this.#cluster.index;
    const report = new WebhookReport(this.log, this.#metrics.meters, systemClock.now);
    return startWebhookServer({
      host,
      port: this.flags.port,
      secure: server => this.#certificate.follower.serving.secure(server),
      context: () => ({ options, view, excludedNamespaces }),
      lookUp: names =>
        lookUpSecrets(names, { connection: this.#connection, clock: systemClock, timeoutMs: LOOK_UP_MS }),
      notReady: () => this.#faults(),
      observe: report.take,
      clock: systemClock,
    });
  }

  startAdmin(host: string): Promise<AdminServer> {
    return startAdminServer({
      title: 'sluice webhook',
      host,
      port: this.flags.adminPort,
      pages: [
        ...healthPages({
          // Whatever is missing comes by itself; a restart would only lose what is known.
          alive: () => null,
          ready: () => (this.#isStopping ? 'stopping' : this.#faults().join('; ') || null),
          // Reviews go on being judged by what is known.
          remark: () => staleness(this.#watched()),
        }),
        metricsPage(this.#metrics.source),
      ],
      log: (message, error) => this.log.error({ err: error }, message),
    });
  }

  /** What keeps reviews from being answered as they should be (checklist W9). */
  #faults(): readonly string[] {
    const { missing } = this.#cluster.index;
    return [
      ...this.#certificate.follower.faults(),
      ...(missing.length === 0 ? [] : [`not read yet: ${missing.join(', ')}`]),
    ];
  }

  #watched(): readonly WatchFacts[] {
    return watchFacts(this.#cluster.watched, systemClock.now());
  }

  #facts(): WebhookFacts {
    const { pair } = this.#certificate.follower.serving;
    const [certificate] = pair === null ? [] : certificatesIn(pair.certificate);
    return {
      ready: !this.#isStopping && this.#faults().length === 0,
      certificateEndsSeconds: certificate === undefined ? null : certificate.validToDate.getTime() / 1000,
    };
  }
}

type Ports = { readonly server: WebhookServer; readonly admin: AdminServer };

/** Both ports, or null where one cannot be had. */
const openPorts = async (role: WebhookRole): Promise<Ports | null> => {
  const { flags, log } = role;
  let admin: AdminServer;
  try {
    admin = await startOn(flags.adminAddress, host => role.startAdmin(host));
  } catch (error) {
    const { adminPort, adminAddress } = flags;
    log.fatal(
      listenFailure(error, { port: adminPort, address: givenAddress(adminAddress), flag: '--admin-port' }),
    );
    return null;
  }
  try {
    return { server: await startOn(flags.address, host => role.startServer(host)), admin };
  } catch (error) {
    await admin.close();
    const { port, address } = flags;
    log.fatal(listenFailure(error, { port, address: givenAddress(address), flag: '--port' }));
    return null;
  }
};

/** `sluice webhook`: answers the reviews of API servers until it is stopped. */
export const webhook = async (flags: WebhookFlags, terminal: Terminal): Promise<ExitCode> => {
  const cluster = await clusterConnection(flags, process.env);
  if (!cluster.ok) {
    terminal.complain(`sluice webhook: ${cluster.reason}`);
    return EXIT.no;
  }
  const log = roleLog('webhook');
  log.info({ server: cluster.connection.description, namespace: cluster.namespace }, 'follows the cluster');
  const role = new WebhookRole(flags, log, cluster);
  const ports = await openPorts(role);
  if (ports === null) {
    await role.stopFollowing();
    return EXIT.no;
  }
  const stopped = stopRequest(() => process.exit(EXIT.no));
  log.info({ port: ports.server.port, adminPort: ports.admin.port }, 'listens');
  role.follow();
  await stopped;
  role.leave();
  const { drainWait: waitMs, idleWait: idleMs } = flags;
  log.info(`stops in ${durationText(waitMs)}: /readyz says so, and reviews are answered until then`);
  await ports.server.drain({ waitMs, idleMs, finishMs: FINISH_MS });
  await role.stopFollowing();
  await ports.admin.close();
  cluster.connection.transport.close();
  log.info('stopped');
  return EXIT.fine;
};
