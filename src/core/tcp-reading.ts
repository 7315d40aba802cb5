import {
  annotationField,
  EDGE_SERVICES,
  ON_EMPTY_EDGE,
  PAUSED,
  TCP,
  TCP_ACCEPT_PROXY,
  TCP_CONNECT_TIMEOUT,
  TCP_IDLE_TIMEOUT,
  TCP_SEND_PROXY,
  TICKETS,
} from './annotation-names.ts';
import { edgeServiceName } from './edge-service.ts';
import type { Scope } from './ingress-scope.ts';
import type { Service } from './objects/service.ts';
import { AnnotationReader } from './policies/annotation-reader.ts';
import type { Problem } from './problem.ts';
import type { TcpPlan } from './route-plan.ts';
import { DEFAULT_TRACK, readServiceTracks, type ServiceMap, STABLE_TRACK } from './service-map.ts';
import { readTcpPortSpecs, type TcpPortSpec } from './tcp-port-spec.ts';
import type { TcpPortOptions } from './tcp-ports.ts';
import type { Ticket } from './ticket/ticket.ts';
import { parseTickets } from './ticket/ticket-grammar.ts';
import { parseYamlValue } from './yaml-value.ts';

/** What a Service's annotations say of all of its TCP ports alike. */
export type TcpSettings = Pick<
  TcpPlan,
  'onEmptyEdge' | 'connectMs' | 'idleMs' | 'acceptsProxy' | 'sendsProxy'
>;

/** A Service that asks for TCP ports of the router, read once for everything that is computed from it. */
export type TcpReading = {
  readonly service: Service;
  /** The good ones, of which others may be claimed by somebody else. */
  readonly specs: readonly TcpPortSpec[];
  /** Its own edges, in the form in which an Ingress names those of its backends. */
  readonly serviceMap: ServiceMap;
  /** The good ones; a bad one is skipped (DESIGN 5, "Already stored but invalid"). None while paused. */
  readonly tickets: readonly Ticket[];
  readonly settings: TcpSettings;
  readonly problems: readonly Problem[];
};

/** What a reader needs to know of the installation. */
export type TcpReadingContext = { readonly scope: Scope; readonly options: TcpPortOptions };

/** Three weeks and a half: what a 32-bit number of milliseconds holds. */
const MAX_SECONDS = 2_147_483;

const NO_MAP: ServiceMap = new Map();

const choiceAt = <T extends string>(
  reader: AnnotationReader,
  name: string,
  choices: readonly T[],
): T | undefined => {
  const text = reader.text(name);
  const choice = choices.find(candidate => candidate === text);
  if (text !== undefined && choice === undefined)
    reader.refuse(name, `must be ${choices.map(one => JSON.stringify(one)).join(' or ')}.`);
  return choice;
};

const millisecondsAt = (reader: AnnotationReader, name: string): number | null => {
  const seconds = reader.wholeNumber(name, 1, MAX_SECONDS);
  return seconds === undefined ? null : seconds * 1000;
};

const SENT_PROXY = { v1: 1, v2: 2 } as const;

const settingsOf = (reader: AnnotationReader): TcpSettings => {
  const sent = choiceAt(reader, TCP_SEND_PROXY, ['v1', 'v2'] as const);
  return {
    onEmptyEdge: choiceAt(reader, ON_EMPTY_EDGE, ['stable', 'unavailable'] as const) ?? 'stable',
    connectMs: millisecondsAt(reader, TCP_CONNECT_TIMEOUT),
    idleMs: millisecondsAt(reader, TCP_IDLE_TIMEOUT),
    acceptsProxy: reader.flag(TCP_ACCEPT_PROXY) === true,
    sendsProxy: sent === undefined ? null : SENT_PROXY[sent],
  };
};

/** The value of a JSON or YAML annotation; undefined where it is missing or broken. */
const yamlAt = (reader: AnnotationReader, name: string): unknown => {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const parsed = parseYamlValue(text);
  if (parsed.ok) return parsed.value;
  reader.refuse(name, parsed.message);
  return undefined;
};

/** `sluice.dev/edge-services`; without it, or where it is broken, the track edge of the usual name. */
const tracksOf = (reader: AnnotationReader, { metadata }: Service): ReadonlyMap<string, string> => {
  const written = yamlAt(reader, EDGE_SERVICES);
  const usual = new Map([[DEFAULT_TRACK, edgeServiceName(metadata.name)]]);
  if (written === undefined) return usual;
  const tracks = readServiceTracks(metadata.name, written, annotationField(EDGE_SERVICES));
  if (tracks.ok) return tracks.value;
  // The grammar's own code speaks of the service-config; here the text is an annotation of its own.
  reader.problems.push(
    ...tracks.problems.map(problem =>
      problem.code === 'ServiceConfigInvalid' ? { ...problem, code: 'AnnotationInvalid' as const } : problem,
    ),
  );
  return usual;
};

const ticketsOf = (reader: AnnotationReader, tracks: ReadonlyMap<string, string>): readonly Ticket[] => {
  const written = yamlAt(reader, TICKETS);
  if (written === undefined) return [];
  const field = annotationField(TICKETS);
  const { tickets, problems } = parseTickets(written, field, 'tcp');
  reader.problems.push(...problems);
  for (const { index, to } of tickets) {
    if (to === STABLE_TRACK || tracks.has(to)) continue;
    const known = [STABLE_TRACK, ...tracks.keys()].sort();
    reader.problems.push({
      code: 'TrackUnknown',
      field: `${Array.isArray(written) ? `${field}[${index}]` : field}.to`,
      value: to,
      message: `this Service has no such track; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}. Add it to ${EDGE_SERVICES}, e.g. {"${to}":"<service>-${to}"}.`,
    });
  }
  return tickets;
};

/** Reads what a Service asks for of the router's TCP ports; null where it asks for none, or not of us. */
export const readTcpService = (
  service: Service,
  { scope, options }: TcpReadingContext,
): TcpReading | null => {
  const { annotations } = service.metadata;
  const text = Object.hasOwn(annotations, TCP) ? annotations[TCP] : undefined;
  // Most Services ask for none, and cost no more than this.
  if (text === undefined || !scope.hasService(service)) return null;
  const reader = new AnnotationReader(annotations);
  const { specs, problems } = readTcpPortSpecs(text, { service, options });
  reader.problems.push(...problems);
  const tracks = tracksOf(reader, service);
  const tickets = ticketsOf(reader, tracks);
  // Nothing can be derived from an ExternalName, and nobody is led to one.
  const isNamed = service.type === 'ExternalName';
  return {
    service,
    specs: isNamed ? [] : specs,
    serviceMap: isNamed ? NO_MAP : new Map([[service.metadata.name, tracks]]),
    tickets: choiceAt(reader, PAUSED, ['true', 'false'] as const) === 'true' ? [] : tickets,
    settings: settingsOf(reader),
    problems: reader.problems,
  };
};
