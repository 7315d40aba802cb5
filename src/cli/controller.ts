import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { AdminServer } from '../admin/admin-server.ts';
import type { AdmissionOptions } from '../admission/admission-options.ts';
import { mutate } from '../admission/mutate.ts';
import { Controller, type ControllerEvent } from '../controller/controller.ts';
import {
  CONTROLLER_KINDS,
  type ControllerKinds,
  controllerSelections,
} from '../controller/controller-stores.ts';
import { restore } from '../controller/restore.ts';
import { systemClock } from '../kube/clock.ts';
import { type Connection, connect } from '../kube/connection/connection.ts';
import { AccessError } from '../kube/connection/find-access.ts';
import { ApiEventRecorder } from '../kube/events/api-event-recorder.ts';
import { LeaseCandidate } from '../kube/leader/lease-candidate.ts';
import { NamedSecrets } from '../kube/named-secrets.ts';
import { ApiObjectClient } from '../kube/objects/api-object-client.ts';
import { type WatchedKinds, watchKinds } from '../kube/watch-kinds.ts';
import { type CertificateOwner, certificateOwner } from './certificate-owner.ts';
import { clusterOptions } from './cluster-flags.ts';
import { startControllerAdmin } from './controller-admin.ts';
import {
  type ControllerFlags,
  certificateLifetimes,
  controllerFlagFaults,
  statusSource,
} from './controller-flags.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { givenAddress, listenFailure, startOn } from './listening-port.ts';
import { restorationOf } from './restored-ingress.ts';
import { roleLog } from './role-log.ts';
import { mayRoutersRead } from './router-rights.ts';
import { type SessionKeyOwner, sessionKeyOwner } from './session-key-owner.ts';
import { stopRequest } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';
import { troubleTeller } from './trouble-line.ts';
import { watchFacts } from './watch-facts.ts';

/** Deployment, Lease and reporting component of the Events (webhook-config/base/controller). */
const CONTROLLER = 'sluice-controller';

/** Both webhook configurations of Ingresses (webhook-config/base/webhook). */
const CONFIGURATION = 'sluice';

const DRAIN_EVENTS_MS = 2_000;

type Role = {
  readonly connection: Connection;
  readonly namespace: string;
  readonly client: ApiObjectClient;
  readonly admission: AdmissionOptions;
  readonly flags: ControllerFlags;
};

const logEvent = (log: Logger, event: ControllerEvent): void => {
  switch (event.kind) {
    case 'acted':
      log.info({ action: event.action }, event.text);
      break;
    case 'stale':
      log.debug({ action: event.action }, `looking again: ${event.text}`);
      break;
    case 'failed':
      log.warn(
        { action: event.action, failure: event.failure.kind },
        `${event.text}: ${event.failure.message}`,
      );
      break;
    case 'notAsked':
      log.warn({ failure: event.failure.kind }, `what routers may read: ${event.failure.message}`);
      break;
    case 'bug':
      log.error({ err: event.error }, 'a look at the cluster failed; it is tried again');
      break;
    default:
      event satisfies never;
  }
};

const watchCluster = ({ connection, namespace }: Role, log: Logger): WatchedKinds<ControllerKinds> =>
  watchKinds<ControllerKinds>(CONTROLLER_KINDS, {
    connection,
    clock: systemClock,
    random: Math.random,
    selections: controllerSelections(namespace),
    onTrouble: troubleTeller(log, 'nothing is changed by what is not known'),
    onUnreadable: ({ kind, namespace: of, name, problems }) =>
      log.warn({ problems }, `${kind} ${of}/${name} cannot be read`),
  });

/** What runs between the start of the role and its stop. */
type Running = {
  readonly controller: Controller;
  readonly candidate: LeaseCandidate;
  readonly events: ApiEventRecorder;
  readonly certificates: CertificateOwner | null;
  readonly sessionKeys: SessionKeyOwner;
  readonly secrets: NamedSecrets;
};

const ownerOf = ({ client, namespace, flags }: Role, log: Logger): CertificateOwner | null =>
  flags.certificates === 'own'
    ? certificateOwner({
        client,
        namespace,
        configurationName: CONFIGURATION,
        lifetimes: certificateLifetimes(flags),
        extraNames: flags.certificateName ?? [],
        log,
      })
    : null;

const newCandidate = (
  { client, namespace }: Role,
  { identity, log }: { readonly identity: string; readonly log: Logger },
  { controller, certificates, sessionKeys }: Omit<Running, 'candidate' | 'events' | 'secrets'>,
): LeaseCandidate =>
  new LeaseCandidate(
    {
      lease: { namespace, name: CONTROLLER },
      identity,
      onGained: () => {
        log.info({ identity }, 'leading');
        controller.lead();
        certificates?.start();
        sessionKeys.start();
      },
      onLost: reason => {
        log.warn({ identity, reason }, 'leading no more');
        void certificates?.stop();
        void sessionKeys.stop();
      },
    },
    {
      client,
      clock: systemClock,
      random: Math.random,
      onTrouble: ({ message }) => log.warn(`the Lease: ${message}`),
    },
  );

const run = (role: Role, stores: WatchedKinds<ControllerKinds>, log: Logger): Running => {
  const { client, namespace, admission, flags } = role;
  const identity = `${process.env.POD_NAME ?? hostname()}_${randomBytes(4).toString('hex')}`;
  const shared = { client, clock: systemClock, random: Math.random };
  const events = new ApiEventRecorder({
    ...shared,
    component: CONTROLLER,
    instance: identity,
    onTrouble: ({ message }) => log.warn(`an Event: ${message}`),
  });
  // Nobody has to let us read them: a refusal is nothing to tell.
  const secrets = new NamedSecrets({ ...shared, connection: role.connection });
  const controller = new Controller(
    { ...admission, ownNamespace: namespace, status: statusSource(flags) },
    {
      ...shared,
      stores,
      events,
      isLeader: () => candidate.isLeader(),
      wouldChange: (object, ingressClasses) =>
        mutate({ object, oldObject: object }, { options: admission, ingressClasses }).patch.length > 0,
      mayRoutersRead: ref => mayRoutersRead(ref, role),
      secrets,
      observer: event => logEvent(log, event),
    },
  );
  const certificates = ownerOf(role, log);
  const sessionKeys = sessionKeyOwner(client, { namespace, log });
  const candidate = newCandidate(role, { identity, log }, { controller, certificates, sessionKeys });
  return { controller, candidate, events, certificates, sessionKeys, secrets };
};

const end = async (
  role: Role,
  { controller, candidate, events, certificates, sessionKeys, secrets }: Running,
  watched: WatchedKinds<ControllerKinds>,
): Promise<void> => {
  await Promise.all([controller.stop(), certificates?.stop(), sessionKeys.stop(), secrets.stop()]);
  // The next one need not wait for the Lease to run out.
  await candidate.stop();
  await Promise.all([events.drain(DRAIN_EVENTS_MS), watched.stop()]);
  role.connection.transport.close();
};

const serve = async (role: Role): Promise<ExitCode> => {
  const log = roleLog('controller');
  const watched = watchCluster(role, log);
  const stopped = stopRequest(() => process.exit(EXIT.no));
  let isStopping = false;
  const running = run(role, watched, log);
  const administered = {
    ...running,
    watches: () => watchFacts(watched, systemClock.now()),
    isStopping: () => isStopping,
  };
  const { adminPort, adminAddress } = role.flags;
  let admin: AdminServer | null = null;
  try {
    if (adminPort !== 'off')
      admin = await startOn(adminAddress, host =>
        startControllerAdmin(administered, {
          host,
          port: adminPort,
          log: (message, error) => log.error({ err: error }, message),
        }),
      );
  } catch (error) {
    const address = givenAddress(adminAddress);
    log.fatal(listenFailure(error, { port: Number(adminPort), address, flag: '--admin-port' }));
    await end(role, running, watched);
    return EXIT.no;
  }
  if (admin !== null) log.info({ port: admin.port }, 'health and metrics');
  watched.start();
  log.info({ server: role.connection.description, namespace: role.namespace }, 'follows the cluster');
  await stopped;
  isStopping = true;
  log.info('stops: what is being written is finished, and the Lease given back');
  await end(role, running, watched);
  await admin?.close();
  log.info('stopped');
  return EXIT.fine;
};

const giveBack = async (role: Role, terminal: Terminal): Promise<ExitCode> => {
  const result = await restore({
    client: role.client,
    namespace: role.namespace,
    controllerName: CONTROLLER,
    configurationName: CONFIGURATION,
    restorationOf: restorationOf(role.admission),
    clock: systemClock,
    say: line => terminal.complain(line),
  });
  role.connection.transport.close();
  switch (result.kind) {
    case 'restored':
      terminal.print(
        `${result.count} Ingresses have their own hosts back; nothing of Sluice is left in any.`,
      );
      return EXIT.fine;
    case 'left':
      terminal.complain(`Something of Sluice is left in: ${result.names.join(', ')}. Run this once more.`);
      return EXIT.no;
    case 'failed':
      terminal.complain(`Nothing more can be done: ${result.failure.message}`);
      return EXIT.no;
    default:
      return result satisfies never;
  }
};

/** `sluice controller`: the role that keeps what follows from stored Ingresses. */
export const controller = async (flags: ControllerFlags, terminal: Terminal): Promise<ExitCode> => {
  const { kubeconfig, context, restore: isRestore = false } = flags;
  const faults = controllerFlagFaults(flags);
  for (const fault of faults) terminal.complain(`sluice controller: ${fault}`);
  if (faults.length > 0) return EXIT.usage;
  try {
    const connection = await connect(
      {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
        env: process.env,
      },
      systemClock,
    );
    const namespace = flags.namespace ?? process.env.POD_NAMESPACE ?? connection.namespace;
    if (namespace === null) {
      terminal.complain(
        'sluice controller: say with --namespace where Sluice is installed: its Lease and claims are there.',
      );
      return EXIT.no;
    }
    const client = new ApiObjectClient({ connection, clock: systemClock });
    const role: Role = { connection, namespace, client, admission: clusterOptions(flags), flags };
    return isRestore ? await giveBack(role, terminal) : await serve(role);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    terminal.complain(`sluice controller: ${error.message}`);
    return EXIT.no;
  }
};
