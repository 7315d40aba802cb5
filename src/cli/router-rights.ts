import { ROUTER_ACCOUNT } from '../controller/decide/secret-grant.ts';
import { mayAccess } from '../kube/access-review.ts';
import type { Outcome } from '../kube/api-outcome.ts';
import { systemClock } from '../kube/clock.ts';
import type { Connection } from '../kube/connection/connection.ts';
import type { ObjectRef } from '../kube/kind.ts';
import { SECRET } from '../kube/kinds.ts';

/** Whether the routers may read a Secret as they do: by a list and watch of its name, or by asking for it again and again. */
export const mayRoutersRead = async (
  ref: ObjectRef,
  { connection, namespace }: { readonly connection: Connection; readonly namespace: string },
): Promise<Outcome<boolean>> => {
  const may = (verb: 'get' | 'list' | 'watch'): Promise<Outcome<boolean>> =>
    mayAccess(
      { serviceAccount: { namespace, name: ROUTER_ACCOUNT }, verb, kind: SECRET, ref },
      { connection, clock: systemClock },
    );
  const list = await may('list');
  const watch = list.ok && list.value ? await may('watch') : list;
  return watch.ok && !watch.value ? may('get') : watch;
};
