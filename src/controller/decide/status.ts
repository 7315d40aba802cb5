import { isDeepStrictEqual } from 'node:util';
import type { Scope } from '../../core/ingress-scope.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { EntryPoint } from '../stored-kinds.ts';
import type { Action } from './action.ts';
import type { ControllerOptions, Observed } from './observed.ts';

/** Where clients reach the routers; null: it is not known, or nobody asked for it. */
const wantedEntryPoints = (
  { services }: Pick<Observed, 'services'>,
  { status }: Pick<ControllerOptions, 'status'>,
): readonly EntryPoint[] | null => {
  switch (status.kind) {
    case 'off':
      return null;
    case 'addresses':
      return status.entryPoints;
    case 'service': {
      const wanted = objectName(status);
      const found = services.find(({ object }) => objectName(object.metadata) === wanted);
      // A load balancer that is not there yet is no reason to take away what DNS goes by.
      return found === undefined || found.object.entryPoints.length === 0 ? null : found.object.entryPoints;
    }
    default:
      return status satisfies never;
  }
};

/** Tells external-dns and people where an Ingress is served: `status.loadBalancer` of every Ingress of ours. */
export const decideStatus = (
  observed: Pick<Observed, 'services' | 'ingresses'>,
  options: Pick<ControllerOptions, 'status'>,
  scope: Scope,
): readonly Action[] => {
  const entryPoints = wantedEntryPoints(observed, options);
  if (entryPoints === null) return [];
  return observed.ingresses
    .filter(
      ({ object }) =>
        !object.metadata.deleting &&
        scope.entryOf(object) !== null &&
        !isDeepStrictEqual(object.entryPoints, entryPoints),
    )
    .map(({ object, resourceVersion }) => ({
      kind: 'publishStatus',
      namespace: object.metadata.namespace,
      name: object.metadata.name,
      resourceVersion,
      entryPoints,
    }));
};
