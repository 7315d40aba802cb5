import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Primary } from '../../router/workers/primary.ts';
import { Workers } from '../../router/workers/workers.ts';
import type { AdminServer } from '../admin/admin-server.ts';
import { CLAIMS_LABEL, CLAIMS_LABEL_VALUE } from '../core/claim-records.ts';
import { formatReport } from '../core/report.ts';
import type { Translation } from '../core/translation/translation.ts';
import { systemClock } from '../kube/clock.ts';
import { ClusterSource, ROUTER_KINDS, type RouterKinds } from '../kube/cluster-source.ts';
import { type Connection, connect } from '../kube/connection/connection.ts';
import { AccessError } from '../kube/connection/find-access.ts';
import { NamedSecrets } from '../kube/named-secrets.ts';
import type { UnreadableObject } from '../kube/store/object-store.ts';
import { type WatchedKinds, watchKinds } from '../kube/watch-kinds.ts';
import { type ClusterFlags, clusterOptions } from './cluster-flags.ts';
import { clusterTranslation } from './cluster-translation.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { gracefulStop } from './graceful-stop.ts';
import { KeptPlan } from './kept-plan.ts';
import { bindListeners, listenersFailure, listenFailure, type WantedListener } from './listening-port.ts';
import { openFilesWarning, ownOpenFileLimit } from './open-files.ts';
import { roleLog } from './role-log.ts';
import { startRouterAdmin } from './router-admin.ts';
import { engineOptionsOf, type RouterFlags, routerListeners } from './router-flags.ts';
import { routerLogLine } from './router-log.ts';
import { sharedSessionKeys } from './shared-session-keys.ts';
import { stopRequest } from './stop-signals.ts';
import { plannedBinder } from './tcp-listeners.ts';
import type { Terminal } from './terminal.ts';
import { type TlsStart, tlsStart } from './tls-start.ts';
import { troubleTeller } from './trouble-line.ts';
import { secretFacts, watchFacts } from './watch-facts.ts';

export type ClusterRouterFlags = ClusterFlags &
  RouterFlags & {
    readonly port: number;
    readonly address?: string;
    readonly workers: number;
    readonly adminAddress: string;
    readonly metricsFrom: 'any' | 'loopback';
    readonly reusePort?: boolean;
    readonly stateDir?: string;
  };

/** What the parts of the role share. */
class ClusterRouter {
  readonly flags: ClusterRouterFlags;
  readonly log: Logger;
  readonly workers: Workers;
  /** Null: TLS is off. */
  readonly tls: TlsStart | null;
  readonly primary: Primary;
  readonly #kept: KeptPlan | null;
  readonly #onFirstPlan: () => void;
  readonly firstPlan: Promise<void>;
  hasPlan = false;
  isStopping = false;
  #told: ReadonlySet<string> = new Set();

  constructor(flags: ClusterRouterFlags, log: Logger) {
    this.flags = flags;
    this.log = log;
    this.tls = tlsStart(flags);
    this.workers = new Workers({
      count: flags.workers,
      engine: engineOptionsOf(flags),
      tls: this.tls?.settings ?? null,
      bindPlanned: plannedBinder({ address: flags.address, isShared: flags.reusePort === true }),
      log: (message, error) => log.error(routerLogLine(message, error)),
      now: () => performance.now(),
    });
    this.primary = new Primary(clusterTranslation(flags), this.workers);
    this.#kept = flags.stateDir === undefined ? null : new KeptPlan(flags.stateDir);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.firstPlan = promise;
    this.#onFirstPlan = resolve;
  }

  /** Serves what was served before, until the API server says what is now. */
  async restore(): Promise<void> {
    const kept = await this.#kept?.read();
    if (kept === undefined) return;
    if (kept.plan === null) {
      if (kept.reason !== null) this.log.warn({ reason: kept.reason }, 'the kept state is not read');
      return;
    }
    this.primary.restore(kept.plan);
    this.log.info({ hosts: kept.plan.hosts.length }, 'serves its kept state until the API server is there');
    this.#begin();
  }

  /** Takes over what has changed in the cluster; after a bug the next change starts over. */
  update(source: ClusterSource): void {
    try {
      this.#tell(this.primary.update(source));
    } catch (error) {
      this.log.error({ err: error }, 'a bug in the translation; what was in force still is');
      return;
    }
    this.#begin();
    this.#kept?.write(this.primary.plan).catch((error: unknown) => {
      this.log.warn(
        { err: error },
        'the state could not be kept: a restart without an API server serves nothing',
      );
    });
  }

  #begin(): void {
    this.hasPlan = true;
    this.#onFirstPlan();
  }

  /** Each remark once, and again only after it had gone. */
  #tell({ reports }: Translation): void {
    const lines = new Set(reports.map(report => formatReport(report)));
    for (const line of lines) if (!this.#told.has(line)) this.log.warn(line);
    this.#told = lines;
  }
}

/** All that a router follows. */
type Followed = {
  readonly watched: WatchedKinds<RouterKinds>;
  readonly secrets: NamedSecrets;
  readonly stop: () => Promise<void>;
};

const followCluster = (router: ClusterRouter, connection: Connection, namespace: string): Followed => {
  const { log } = router;
  const shared = {
    connection,
    clock: systemClock,
    random: Math.random,
    onTrouble: troubleTeller(log, 'what is known goes on being served'),
    onUnreadable: (object: UnreadableObject): void =>
      log.warn(object, 'an object cannot be read; its last good version stays in force'),
  };
  const watched = watchKinds<RouterKinds>(ROUTER_KINDS, {
    ...shared,
    selections: { claims: { namespace, labelSelector: `${CLAIMS_LABEL}=${CLAIMS_LABEL_VALUE}` } },
  });
  const secrets = new NamedSecrets(shared);
  const source = new ClusterSource(watched, {
    clock: systemClock,
    reading: clusterOptions(router.flags),
    secrets,
    defaultSecret: router.flags.defaultCertificate ?? null,
    onChange: () => router.update(source),
  });
  const stop = async (): Promise<void> => {
    source.stop();
    await Promise.all([watched.stop(), secrets.stop()]);
  };
  return { watched, secrets, stop };
};

const wantedListeners = (flags: ClusterRouterFlags): readonly WantedListener[] =>
  routerListeners(flags).map(wanted => ({ ...wanted, isShared: flags.reusePort === true }));

/** Routes what the cluster says until it is stopped. */
const route = async (router: ClusterRouter, followed: Followed): Promise<ExitCode> => {
  const { flags, log, workers } = router;
  const stopped = stopRequest(() => {
    workers.kill();
    process.exit(EXIT.no);
  });
  const wanted = wantedListeners(flags);
  // Bound at once, so that a port in use is said at the start; connections are taken once there is a plan.
  let listeners: ReturnType<typeof bindListeners>;
  try {
    listeners = bindListeners(wanted);
  } catch (error) {
    log.fatal(listenersFailure(error, wanted));
    return EXIT.no;
  }
  followed.watched.start();
  const isServing = await Promise.race([router.firstPlan.then(() => true), stopped.then(() => false)]);
  if (!isServing) {
    log.info('stopped before there was anything to serve');
    return EXIT.fine;
  }
  await workers.start(listeners);
  const [port, tlsPort] = listeners.map(({ handle }) => handle.port);
  log.info({ port, tlsPort, hosts: router.primary.plan.hosts.length }, 'serves');
  await stopped;
  await gracefulStop({
    workers,
    drainWaitMs: flags.drainWait,
    leave: () => {
      router.isStopping = true;
    },
    stopFollowing: () => void followed.stop(),
    wait: setTimeout,
    say: line => log.info(line),
  });
  return EXIT.fine;
};

const startAdmin = async (
  router: ClusterRouter,
  { watched, secrets }: Followed,
): Promise<AdminServer | null> => {
  const { flags, log, workers, primary } = router;
  if (flags.adminPort === 'off') return null;
  const administered = {
    workers,
    plan: () => (router.hasPlan ? primary.plan : undefined),
    isStopping: () => router.isStopping,
    watches: () => watchFacts(watched, systemClock.now()),
    secrets: () => secretFacts(secrets),
  };
  return startRouterAdmin(administered, {
    title: 'sluice router',
    host: flags.adminAddress,
    port: flags.adminPort,
    metricsFrom: flags.metricsFrom,
    log: (message, error) => log.error({ err: error }, message),
  });
};

/** `sluice router`: Ingresses, Services and EndpointSlices of a cluster to a router on this node, until it is stopped. */
export const clusterRouter = async (flags: ClusterRouterFlags, terminal: Terminal): Promise<ExitCode> => {
  const log = roleLog('router');
  const warning = openFilesWarning(ownOpenFileLimit(), flags.maxConnections);
  if (warning !== null) log.warn(warning);
  let connection: Connection;
  try {
    connection = await connect(
      {
        ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
        ...(flags.context === undefined ? {} : { context: flags.context }),
        env: process.env,
      },
      systemClock,
    );
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    terminal.complain(`sluice router: ${error.message}`);
    return EXIT.no;
  }
  const namespace = flags.namespace ?? process.env.POD_NAMESPACE ?? connection.namespace;
  if (namespace === null) {
    terminal.complain('sluice router: say with --namespace where Sluice is installed: its claims are there.');
    return EXIT.no;
  }
  log.info({ server: connection.description, namespace }, 'follows the cluster');
  const router = new ClusterRouter(flags, log);
  const followed = followCluster(router, connection, namespace);
  const say = (text: string): void => log.warn(text);
  const keys = sharedSessionKeys(router.tls, { connection, namespace }, { workers: router.workers, say });
  keys?.start();
  let admin: AdminServer | null = null;
  try {
    admin = await startAdmin(router, followed);
    if (admin !== null) log.info({ port: admin.port }, 'health and metrics');
  } catch (error) {
    const { adminPort, adminAddress } = flags;
    const wanted = { port: Number(adminPort), address: adminAddress, flag: '--admin-port' };
    log.fatal(listenFailure(error, wanted));
    return EXIT.no;
  }
  await router.restore();
  try {
    return await route(router, followed);
  } finally {
    await Promise.all([followed.stop(), keys?.stop()]);
    await admin?.close();
  }
};
