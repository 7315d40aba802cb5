import type { IngressReading } from '../core/ingress-reading.ts';
import type { RouteName } from './cluster-view.ts';

/** One text for one route; an empty path is `/`. */
export const routeIdentity = ({ namespace, domain, path, pathType }: RouteName): string =>
  JSON.stringify([namespace, domain, path === '' ? '/' : path, pathType]);

/** Every route that an Ingress asks for, aliases included. */
export const routesOf = ({ ingress, rules }: IngressReading): readonly RouteName[] =>
  rules.flatMap(rule =>
    rule.domains.flatMap(domain =>
      (ingress.rules[rule.index]?.paths ?? []).map(({ path, pathType }) => ({
        namespace: ingress.metadata.namespace,
        domain,
        path,
        pathType,
      })),
    ),
  );
