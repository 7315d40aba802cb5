import { EDGE_SERVICES } from '../../core/annotation-names.ts';
import { EDGE_OF_LABEL, edgeServiceName, readEdgeSelector } from '../../core/edge-service.ts';
import { implies } from '../../core/label-selector.ts';
import type { Service } from '../../core/objects/service.ts';
import { memberField, type Problem } from '../../core/problem.ts';
import { backendServices } from '../../core/served-hosts.ts';
import { STABLE_TRACK } from '../../core/service-map.ts';
import type { Check } from './subject.ts';

/** `TrackUnknown`: a ticket leads to a track that no Service here has. */
export const ticketsLeadSomewhere: Check = ({ config, serviceMapKnown, tickets, ticketField }) => {
  if (!serviceMapKnown) return [];
  const tracks = new Set([
    STABLE_TRACK,
    ...[...(config.serviceMap?.values() ?? [])].flatMap(map => [...map.keys()]),
  ]);
  return tickets
    .filter(ticket => !tracks.has(ticket.to))
    .map(
      (ticket): Problem => ({
        code: 'TrackUnknown',
        field: `${ticketField(ticket.index)}.to`,
        value: ticket.to,
        message: `no Service of this Ingress has that track; there ${tracks.size === 1 ? 'is' : 'are'} ${[...tracks].sort().join(', ')}. Add it to sluice.dev/edge-services, e.g. {"<service>":{"${ticket.to}":"<service>-${ticket.to}"}}.`,
      }),
    );
};

type Mapping = {
  readonly stable: string;
  readonly tracks: ReadonlyMap<string, string>;
  readonly field: string;
};

const invalid = (field: string, value: string, message: string): Problem => ({
  code: 'EdgeServiceInvalid',
  field,
  value,
  message,
});

/** `<stable>-<track>`, or another name where that is the one that does not do. */
const otherName = ({ stable }: Mapping, track: string, taken: string): string => {
  const name = edgeServiceName(stable, track);
  return name === taken ? edgeServiceName(stable, `${track}-2`) : name;
};

/** An edge that is a backend of the Ingress has requests of its own, which a ticket may not lead to. */
const edgesOfBackends = (mapping: Mapping, backends: readonly string[]): readonly Problem[] =>
  [...mapping.tracks]
    .filter(([, edge]) => backends.includes(edge))
    .map(([track, edge]) =>
      invalid(
        mapping.field,
        edge,
        `is itself a backend of this Ingress; give the ${track} Service of ${mapping.stable} a name of its own, e.g. "${otherName(mapping, track, edge)}".`,
      ),
    );

/** What stored Services say: an edge belongs to one stable Service, and has no edge itself. */
const edgesOfOthers = (
  mapping: Mapping,
  ownerOf: (service: string) => string | undefined,
): readonly Problem[] => {
  const { stable, tracks, field } = mapping;
  const owner = ownerOf(stable);
  const own =
    owner === undefined
      ? []
      : [
          invalid(
            field,
            stable,
            `is itself the edge Service of ${owner}, and an edge has none; map ${owner} instead, or leave it out of ${EDGE_SERVICES} ("{}" there means no edges at all).`,
          ),
        ];
  return [
    ...own,
    ...[...tracks].flatMap(([track, edge]) => {
      const other = ownerOf(edge);
      if (other === undefined || other === stable) return [];
      const name = otherName(mapping, track, edge);
      return [
        invalid(
          field,
          edge,
          `is already the edge Service of ${other}; give this edge a name of its own, e.g. "${name}" in ${EDGE_SERVICES}.`,
        ),
      ];
    }),
  ];
};

/** An edge selector that the stable one implies would take all stable pods for edge pods. */
const selectorsTell = ({ stable, tracks, field }: Mapping, service: Service): readonly Problem[] => {
  const { selector } = service;
  if (selector === null) return [];
  return [...tracks.keys()].flatMap((track): readonly Problem[] => {
    const edge = readEdgeSelector(service, track);
    if (!edge.ok) {
      return edge.problems.map(problem => ({
        ...problem,
        field: `${field} (Service ${stable}, ${problem.field})`,
      }));
    }
    if (!implies(selector, edge.value)) return [];
    return [
      invalid(
        field,
        stable,
        `the Service's own selector already says all that the edge selector of track ${track} says, so edge pods cannot be told from stable ones; remove it from the stable Service's selector or change sluice.dev/edge-selector.`,
      ),
    ];
  });
};

/** `EdgeServiceInvalid`, as far as the backends and the stored Services tell. */
export const edgesAreEdges: Check = ({ ingress, config, serviceMapField, view }) => {
  const { namespace } = ingress.metadata;
  const backends = backendServices(ingress);
  const ownerOf = (name: string): string | undefined =>
    view.service(namespace, name)?.metadata.labels[EDGE_OF_LABEL];
  return [...(config.serviceMap ?? [])].flatMap(([stable, tracks]) => {
    const mapping = { stable, tracks, field: memberField(serviceMapField, stable) };
    const service = view.service(namespace, stable);
    return [
      ...edgesOfBackends(mapping, backends),
      ...edgesOfOthers(mapping, ownerOf),
      ...(service === undefined || service === null ? [] : selectorsTell(mapping, service)),
    ];
  });
};
