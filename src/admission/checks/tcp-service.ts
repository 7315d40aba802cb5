import {
  annotationField,
  EDGE_SERVICES,
  ON_EMPTY_EDGE,
  PAUSED,
  SERVICE_CLASS,
  TCP,
  TCP_ACCEPT_PROXY,
  TCP_CONNECT_TIMEOUT,
  TCP_IDLE_TIMEOUT,
  TCP_SEND_PROXY,
  TICKETS,
} from '../../core/annotation-names.ts';
import { portClaim } from '../../core/claimed-name.ts';
import { EDGE_OF_LABEL, EDGE_SELECTOR, edgeServiceName, readEdgeSelector } from '../../core/edge-service.ts';
import { implies } from '../../core/label-selector.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { Service } from '../../core/objects/service.ts';
import type { Problem } from '../../core/problem.ts';
import { nearestOf } from '../../core/suggestion.ts';
import type { TcpReading } from '../../core/tcp-reading.ts';
import { deadTickets } from '../../core/ticket/ticket-warnings.ts';
import type { AdmissionOptions } from '../admission-options.ts';
import type { ClusterView } from '../cluster-view.ts';

/** One Service on TCP ports under validation, read once for all checks. */
export type TcpSubject = {
  readonly service: Service;
  readonly reading: TcpReading;
  readonly options: AdmissionOptions;
  readonly view: ClusterView;
};

/** One rule of the policy: every breach of it, at once. */
export type TcpCheck = (subject: TcpSubject) => readonly Problem[];

/** One thing worth telling the author although the Service is fine. */
export type TcpAdvice = (subject: TcpSubject, nowMs: number) => readonly string[];

/** Who has a port in this Service's place; undefined: nobody, as far as is known. */
const otherHolder = ({ service, options, view }: TcpSubject, port: number): string | undefined => {
  const { namespace, name } = service.metadata;
  const isOff = options.hostOwnership === 'off';
  const holder = isOff ? undefined : view.claimHolder(portClaim(port));
  if (holder !== undefined && holder !== namespace) return `namespace ${JSON.stringify(holder)}`;
  const [oldest] = view.portClaimants(port).filter(one => isOff || one.namespace === namespace);
  return oldest === undefined || (oldest.namespace === namespace && oldest.name === name)
    ? undefined
    : `Service ${JSON.stringify(objectName(oldest))}`;
};

/** `PortTaken`: a port that another namespace has claimed, or an older Service has. */
export const portsAreFree: TcpCheck = subject =>
  subject.reading.specs.flatMap(({ port }): readonly Problem[] => {
    const holder = otherHolder(subject, port);
    if (holder === undefined) return [];
    const message = `TCP port ${port} belongs to ${holder}; ask for another port.`;
    return [{ code: 'PortTaken', field: annotationField(TCP), value: String(port), message }];
  });

const edgeInvalid = (field: string, value: string, message: string): Problem => ({
  code: 'EdgeServiceInvalid',
  field: annotationField(field),
  value,
  message,
});

/** `EdgeServiceInvalid`: what stored Services, and its own selector, say of its edges. */
export const edgesAreItsOwn: TcpCheck = ({ service, reading, view }) => {
  const { namespace, name, labels } = service.metadata;
  const stable = labels[EDGE_OF_LABEL];
  if (stable !== undefined) {
    const message = `is itself the edge Service of ${stable}, which tickets lead to; ask for the port on ${stable}.`;
    return [edgeInvalid(TCP, name, message)];
  }
  return [...(reading.serviceMap.get(name) ?? [])].flatMap(([track, edge]): readonly Problem[] => {
    const owner = view.service(namespace, edge)?.metadata.labels[EDGE_OF_LABEL];
    if (owner !== undefined && owner !== name) {
      const other = edgeServiceName(name, edge === edgeServiceName(name, track) ? `${track}-2` : track);
      const message = `is already the edge Service of ${owner}; give this edge a name of its own, e.g. {"${track}":"${other}"}.`;
      return [edgeInvalid(EDGE_SERVICES, edge, message)];
    }
    const overlay = readEdgeSelector(service, track);
    if (!overlay.ok) return overlay.problems;
    if (service.selector === null || !implies(service.selector, overlay.value)) return [];
    const message = `the Service's own selector already says all that the edge selector of track ${track} says, so edge pods cannot be told from stable ones; remove it from the Service's selector or change ${EDGE_SELECTOR}.`;
    return [edgeInvalid(EDGE_SELECTOR, name, message)];
  });
};

/** What its type and selector keep from working. */
export const podsCanBeTold: TcpAdvice = ({ service, reading }) => {
  if (service.type === 'ExternalName')
    return ['a Service of type ExternalName has no pods, so the TCP ports that it asks for are not served.'];
  if (service.selector !== null || reading.tickets.length === 0) return [];
  return [
    'has no selector, so no edge Service can be derived from it: until somebody makes one by hand tickets lead to the stable endpoints.',
  ];
};

/** Tickets that nobody can show. */
export const tcpTicketsCanMatch: TcpAdvice = ({ service, reading }, nowMs) => {
  const { name } = service.metadata;
  const tracks = [...(reading.serviceMap.get(name)?.keys() ?? [])];
  return deadTickets(reading.tickets, {
    nowMs,
    ownHost: objectName(service.metadata),
    tracksByService: new Map([[name, tracks]]),
  }).map(({ index, reason }) => `${annotationField(TICKETS)}: ticket ${index} never matches: ${reason}`);
};

/** Edge Services whose pods are not there yet, where tickets lead to them. */
export const tcpEdgesHavePods: TcpAdvice = ({ service, reading, view }) => {
  const { namespace, name } = service.metadata;
  const wanted = new Set(reading.tickets.map(({ to }) => to));
  const fallback = reading.settings.onEmptyEdge === 'stable' ? 'lead to stable pods' : 'end connections';
  return [...(reading.serviceMap.get(name) ?? [])].flatMap(([track, edge]) =>
    wanted.has(track) && view.readyEdgeEndpoints({ namespace, stable: name, track, edge }) === 0
      ? [`edge Service ${JSON.stringify(edge)} has no ready pods: tickets ${fallback} until it has.`]
      : [],
  );
};

/** What is read of our prefix on a Service. */
const READ_ON_SERVICE: readonly string[] = [
  SERVICE_CLASS,
  TCP,
  TICKETS,
  EDGE_SERVICES,
  EDGE_SELECTOR,
  ON_EMPTY_EDGE,
  PAUSED,
  TCP_CONNECT_TIMEOUT,
  TCP_IDLE_TIMEOUT,
  TCP_ACCEPT_PROXY,
  TCP_SEND_PROXY,
];

/** Slips in names of our own prefix. */
export const serviceAnnotationsAreKnown = ({ metadata }: Service): readonly string[] =>
  Object.keys(metadata.annotations)
    .filter(name => name.startsWith('sluice.dev/') && !READ_ON_SERVICE.includes(name))
    .sort()
    .map(name => {
      const meant = nearestOf(name, READ_ON_SERVICE);
      return `${name} is unknown on a Service and changes nothing${meant === undefined ? '.' : `; ${meant}`}`;
    });
