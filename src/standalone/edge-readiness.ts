import type { ClusterView, EdgeName } from '../admission/cluster-view.ts';
import { edgeServiceObject, edgeServiceSpec, readEdgeSelector } from '../core/edge-service.ts';
import { serviceEndpoints } from '../core/endpoints.ts';
import type { ObjectIndex } from '../core/object-index.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Service } from '../core/objects/service.ts';

/** The edge Service that stands there, else the one that would be made of the stable one. */
const edgeService = (
  { services }: ObjectIndex,
  { namespace, stable, track, edge }: EdgeName,
): Service | null => {
  const existing = services.get(objectName({ namespace, name: edge }));
  if (existing !== undefined) return existing;
  const service = services.get(objectName({ namespace, name: stable }));
  if (service === undefined || service.selector === null) return null;
  const overlay = readEdgeSelector(service, track);
  if (!overlay.ok) return null;
  const { selector } = service;
  return edgeServiceObject(
    edgeServiceSpec({ ...service, selector }, { name: edge, track, selector: overlay.value }),
  );
};

const readyEndpoints = (index: ObjectIndex, name: EdgeName): number | null => {
  const service = edgeService(index, name);
  if (service === null) return null;
  const ready = service.ports.flatMap(port =>
    serviceEndpoints(
      index,
      { service, port },
      { allowLoopback: true, requirePodTargetRef: false },
    ).candidates.filter(candidate => candidate.ready),
  );
  return new Set(ready.map(({ identity }) => identity)).size;
};

/**
 * Counts the ready endpoints of edge Services among the objects of the files, each once: ask only as long as the index
 * does not change.
 */
export const edgeReadiness = (index: ObjectIndex): ClusterView['readyEdgeEndpoints'] => {
  // Files without pods or slices say nothing of any endpoint.
  if (!index.hasEndpoints) return () => null;
  const counts = new Map<string, number | null>();
  return name => {
    const key = JSON.stringify([name.namespace, name.stable, name.track, name.edge]);
    const known = counts.get(key);
    if (known !== undefined) return known;
    const count = readyEndpoints(index, name);
    counts.set(key, count);
    return count;
  };
};
