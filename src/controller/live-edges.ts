import type { IngressClass } from '../core/objects/ingress-class.ts';
import { objectName } from '../core/objects/metadata.ts';
import { translate } from '../core/translate.ts';
import type { Outcome } from '../kube/api-outcome.ts';
import type { ObjectRef } from '../kube/kind.ts';
import { INGRESS, SERVICE } from '../kube/kinds.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';
import type { ControllerOptions } from './decide/observed.ts';

/**
 * True if what the API server holds in the namespace now asks for this edge Service. An Ingress or Service there that
 * nobody can read may ask for anything.
 */
export const isEdgeWanted = async (
  client: Pick<ObjectClient, 'list'>,
  { namespace, name }: ObjectRef,
  {
    options,
    ingressClasses,
  }: { readonly options: ControllerOptions; readonly ingressClasses: readonly IngressClass[] },
): Promise<Outcome<boolean>> => {
  const ingresses = await client.list(INGRESS, { namespace });
  if (!ingresses.ok) return ingresses;
  if (ingresses.value.unreadable.length > 0) return { ok: true, value: true };
  const services = await client.list(SERVICE, { namespace });
  if (!services.ok) return services;
  if (services.value.unreadable.length > 0) return { ok: true, value: true };
  const { edgeServices } = translate(
    {
      ingresses: ingresses.value.items.map(({ object }) => object),
      services: services.value.items.map(({ object }) => object),
      pods: [],
      endpointSlices: [],
      namespaces: [],
      ingressClasses,
      secrets: [],
    },
    {
      ...options,
      endpoints: { allowLoopback: false, requirePodTargetRef: true },
      impliedEdgeServices: false,
      secrets: 'none',
    },
  );
  const wanted = objectName({ namespace, name });
  return { ok: true, value: edgeServices.some(spec => objectName(spec) === wanted) };
};
