import { ALIASES, BACKEND_CA } from '../../core/annotation-names.ts';
import { edgeServiceName } from '../../core/edge-service.ts';
import { hostCovers } from '../../core/host.ts';
import type { Backend, Ingress } from '../../core/objects/ingress.ts';
import { backendServices } from '../../core/served-hosts.ts';
import { deadTickets } from '../../core/ticket/ticket-warnings.ts';
import type { ClusterView } from '../cluster-view.ts';
import { type Advice, backendField } from './subject.ts';

const backendsOf = (ingress: Ingress): readonly { readonly backend: Backend; readonly field: string }[] => [
  ...ingress.rules.flatMap((rule, i) =>
    rule.paths.map((path, j) => ({ backend: path.backend, field: `${backendField(ingress, i, j)}.backend` })),
  ),
  ...(ingress.defaultBackend === null
    ? []
    : [{ backend: ingress.defaultBackend, field: backendField(ingress, -1, 0) }]),
];

/** What could not be checked, since this webhook has only just started. */
export const viewIsWhole = ({ view }: { readonly view: ClusterView }): readonly string[] =>
  view.missing.length === 0
    ? []
    : [
        `admitted before the ${view.missing.join(', ')} of this cluster were read, so what hangs on them was not checked.`,
      ];

/** Service or port not found, and backends that have no pods to lead to. */
export const backendsExist: Advice = ({ ingress, view }) =>
  backendsOf(ingress).flatMap(({ backend, field }) => {
    if (backend.kind === 'resource')
      return [`${field}: a resource backend (${backend.description}) is not served; use a Service.`];
    const service = view.service(ingress.metadata.namespace, backend.name);
    if (service === null) return [];
    if (service === undefined)
      return [
        `${field}: Service ${JSON.stringify(backend.name)} does not exist; requests get 503 until it does.`,
      ];
    if (service.type === 'ExternalName')
      return [
        `${field}: Service ${JSON.stringify(backend.name)} is an ExternalName and has no pods; requests get 503.`,
      ];
    const found = service.ports.some(port => port.port === backend.port || port.name === backend.port);
    const ports = service.ports
      .map(port => (port.name === '' ? String(port.port) : `${port.port} (${port.name})`))
      .join(', ');
    return found
      ? []
      : [
          `${field}: Service ${JSON.stringify(backend.name)} has no port ${JSON.stringify(backend.port)}; it has ${ports}.`,
        ];
  });

/** The same host and path in another Ingress of the namespace, with the one that wins. */
export const routesAreFree: Advice = ({ ingress, rules, view }) =>
  rules.flatMap(rule =>
    rule.domains.flatMap(domain =>
      (ingress.rules[rule.index]?.paths ?? []).flatMap((path, j) => {
        const { namespace, name } = ingress.metadata;
        const route = { namespace, domain, path: path.path, pathType: path.pathType };
        const holder = view.routeHolder(route, name);
        const field = `${backendField(ingress, rule.index, j)}.path`;
        return holder === undefined
          ? []
          : [
              `${field}: ${JSON.stringify(domain + path.path)} stands in Ingress ${JSON.stringify(holder)} too; the older one serves it.`,
            ];
      }),
    ),
  );

/** Tickets that nobody can show; with several hosts only what holds for each of them, since default salts differ by host. */
export const ticketsCanMatch: Advice = ({ tickets, ticketField, rules, config }, nowMs) => {
  const tracksByService = new Map(
    [...(config.serviceMap ?? [])].map(([service, map]) => [service, [...map.keys()]]),
  );
  const hosts = [...new Set(rules.map(rule => rule.ownHost))];
  const dead = hosts.map(ownHost => deadTickets(tickets, { nowMs, ownHost, tracksByService }));
  const [first = [], ...others] = dead;
  return first
    .filter(({ index }) => others.every(list => list.some(other => other.index === index)))
    .map(({ index, reason }) => `${ticketField(index)}: this ticket never matches: ${reason}`);
};

/** Edge Services whose pods are not there yet, where tickets lead to them. */
export const edgesHavePods: Advice = ({ ingress, config, tickets, view }) => {
  if (tickets.length === 0) return [];
  const tracks = new Set(tickets.map(ticket => ticket.to));
  return [...(config.serviceMap ?? [])].flatMap(([stable, map]) =>
    [...map].flatMap(([track, edge]) =>
      tracks.has(track) &&
      view.readyEdgeEndpoints({ namespace: ingress.metadata.namespace, stable, track, edge }) === 0
        ? [
            `edge Service ${JSON.stringify(edge)} of ${JSON.stringify(stable)} has no ready pods: tickets lead to ${config.onEmptyEdge === 'stable' ? 'stable pods' : '503'} until it has.`,
          ]
        : [],
    ),
  );
};

/** Generated maps leave out a Service whose edge name is a backend itself. */
export const edgesAreGenerated: Advice = ({ ingress, config }) => {
  const services = backendServices(ingress);
  return services
    .filter(service => services.includes(edgeServiceName(service)) && !config.serviceMap?.has(service))
    .map(
      service =>
        `${JSON.stringify(service)} gets no edge Service: ${JSON.stringify(edgeServiceName(service))} is a backend of this Ingress already. Name an edge of another name in sluice.dev/edge-services.`,
    );
};

/** ingress-nginx' annotations that change nothing here. */
export const annotationsAreImplemented: Advice = ({ nginx }) =>
  nginx.ignored.map(name => `${name} is not implemented and changes nothing.`);

/** No well-known authority signs a name of the cluster: such pods would answer 502 only. */
export const podsCanBeVerified: Advice = ({ nginx: { backend } }) => {
  if (backend?.kind !== 'tls') return [];
  const { verify, ca, serverName, secret } = backend.tls;
  return verify && ca === null && secret === null && serverName === null
    ? [
        `backend-protocol: the pods' certificates are checked against the well-known authorities, none of which signs names of a cluster; name yours in ${BACKEND_CA} or proxy-ssl-secret.`,
      ]
    : [];
};

/** Certificates for hosts that no rule serves. */
export const tlsCoversRules: Advice = ({ ingress, rules }) => {
  const domains = rules.flatMap(rule => rule.domains);
  return ingress.tls.flatMap((tls, i) =>
    tls.hosts.flatMap((host, j) =>
      domains.some(
        domain => domain === '' || domain === host.toLowerCase() || hostCovers(host.toLowerCase(), domain),
      )
        ? []
        : [
            `spec.tls[${i}].hosts[${j}]: no rule serves ${JSON.stringify(host)}; add a rule or an alias (${ALIASES}).`,
          ],
    ),
  );
};
