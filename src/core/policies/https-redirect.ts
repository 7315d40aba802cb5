import type { PolicyOf, RoutePolicy } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const HTTPS_REDIRECT_ANNOTATIONS = ['ssl-redirect', 'force-ssl-redirect'] as const;

/** What nginx does before its redirect to HTTPS: those answers come first, whatever the scheme. */
const BEFORE: ReadonlySet<RoutePolicy['kind']> = new Set([
  'app-root',
  'body-size',
  'response-headers',
  'hsts',
  'cors',
  'redirect',
]);

/** `force-ssl-redirect`: also where TLS ends in front of this router. */
export const readForcedRedirect = (reader: AnnotationReader): PolicyOf<'https-redirect'> | undefined =>
  reader.flag('force-ssl-redirect') === true ? { kind: 'https-redirect', always: true } : undefined;

/** `ssl-redirect`: true unless somebody says no, as in ingress-nginx. It holds for hosts that have a certificate. */
export const readHostRedirect = (reader: AnnotationReader): boolean => reader.flag('ssl-redirect') !== false;

/** The policies of a route on a host that has a certificate. */
export const withHttpsRedirect = (policies: readonly RoutePolicy[]): readonly RoutePolicy[] => {
  if (policies.some(({ kind }) => kind === 'https-redirect')) return policies;
  const at = policies.findLastIndex(({ kind }) => BEFORE.has(kind)) + 1;
  return policies.toSpliced(at, 0, { kind: 'https-redirect', always: false });
};
