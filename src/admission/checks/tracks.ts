import { EDGE_OF_LABEL, readEdgeSelector } from '../../core/edge-service.ts';
import { implies } from '../../core/label-selector.ts';
import type { Problem } from '../../core/problem.ts';
import { STABLE_TRACK } from '../../core/service-map.ts';
import type { Check } from './subject.ts';

/** `TrackUnknown`: a ticket leads to a track that no Service here has. */
export const ticketsLeadSomewhere: Check = ({ config, tickets, ticketsField }) => {
  const tracks = new Set([
    STABLE_TRACK,
    ...[...(config.serviceMap?.values() ?? [])].flatMap(map => [...map.keys()]),
  ]);
  return tickets
    .filter(ticket => !tracks.has(ticket.to))
    .map(
      (ticket): Problem => ({
        code: 'TrackUnknown',
        field: `${ticketsField}[${ticket.index}].to`,
        value: ticket.to,
        message: `no Service of this Ingress has that track; there ${tracks.size === 1 ? 'is' : 'are'} ${[...tracks].sort().join(', ')}. Add it to sluice.dev/edge-services, e.g. {"<service>":{"${ticket.to}":"<service>-${ticket.to}"}}.`,
      }),
    );
};

/** `EdgeServiceInvalid`, as far as the Services themselves tell. */
export const edgesAreEdges: Check = ({ ingress, config, serviceMapField, view }) => {
  const { namespace } = ingress.metadata;
  const problems: Problem[] = [];
  for (const [stable, tracks] of config.serviceMap ?? []) {
    const field = `${serviceMapField}.${stable}`;
    const service = view.service(namespace, stable);
    const owner = service?.metadata.labels[EDGE_OF_LABEL];
    if (owner !== undefined) {
      problems.push({
        code: 'EdgeServiceInvalid',
        field,
        value: stable,
        message: `is itself the edge Service of ${owner}; map ${owner} instead.`,
      });
    }
    for (const [track, edge] of tracks) {
      const other = view.service(namespace, edge)?.metadata.labels[EDGE_OF_LABEL];
      if (other !== undefined && other !== stable) {
        problems.push({
          code: 'EdgeServiceInvalid',
          field,
          value: edge,
          message: `is already the edge Service of ${other}; give this edge a name of its own, e.g. "${stable}-${track}".`,
        });
      }
    }
    if (service !== undefined && service !== null && tracks.size > 0 && service.selector !== null) {
      for (const track of tracks.keys()) {
        const selector = readEdgeSelector(service, track);
        if (!selector.ok)
          problems.push(
            ...selector.problems.map(problem => ({
              ...problem,
              field: `${field} (Service ${stable}, ${problem.field})`,
            })),
          );
        else if (implies(service.selector, selector.value)) {
          problems.push({
            code: 'EdgeServiceInvalid',
            field,
            value: stable,
            message: `the Service's own selector already says all that the edge selector of track ${track} says, so edge pods cannot be told from stable ones; remove it from the stable Service's selector or change sluice.dev/edge-selector.`,
          });
        }
      }
    }
  }
  return problems;
};
