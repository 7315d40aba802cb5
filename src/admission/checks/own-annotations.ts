import {
  ALIASES,
  ALLOWED_HOSTS,
  APPLIED,
  BACKEND_CA,
  EDGE_SERVICES,
  HSTS,
  ON_EMPTY_EDGE,
  PAUSED,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  REWRITE,
  SERVICE_CLASS,
  TCP,
  TCP_ACCEPT_PROXY,
  TCP_CONNECT_TIMEOUT,
  TCP_IDLE_TIMEOUT,
  TCP_SEND_PROXY,
  TICKETS,
} from '../../core/annotation-names.ts';
import { EDGE_SELECTOR } from '../../core/edge-service.ts';
import { ALLOW_ENDPOINTS } from '../../core/endpoints.ts';
import { nearestOf } from '../../core/suggestion.ts';
import type { Advice } from './subject.ts';

const SLUICE_PREFIX = 'sluice.dev/';

/** What is read of our prefix on an Ingress. */
const READ_ON_INGRESS = [
  TICKETS,
  ALIASES,
  EDGE_SERVICES,
  ON_EMPTY_EDGE,
  PAUSED,
  REWRITE,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  BACKEND_CA,
  HSTS,
  APPLIED,
] as const;

const READ_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  [EDGE_SELECTOR, 'Service'],
  [SERVICE_CLASS, 'Service'],
  [TCP, 'Service'],
  [TCP_CONNECT_TIMEOUT, 'Service'],
  [TCP_IDLE_TIMEOUT, 'Service'],
  [TCP_ACCEPT_PROXY, 'Service'],
  [TCP_SEND_PROXY, 'Service'],
  [ALLOWED_HOSTS, 'Namespace'],
  [ALLOW_ENDPOINTS, 'Namespace'],
]);

/** Slips in names of our own prefix: a ticket that nobody reads looks like one that nobody holds. */
export const annotationsAreKnown: Advice = ({ ingress, options }) => {
  const known: readonly string[] = [...READ_ON_INGRESS, options.annotation];
  return Object.keys(ingress.metadata.annotations)
    .filter(name => name.startsWith(SLUICE_PREFIX) && !known.includes(name))
    .sort()
    .map(name => {
      const kind = READ_ELSEWHERE.get(name);
      if (kind !== undefined) return `${name} changes nothing on an Ingress; write it on the ${kind}.`;
      const meant = nearestOf(name, known);
      return `${name} is unknown and changes nothing${meant === undefined ? '.' : `; ${meant}`}`;
    });
};
