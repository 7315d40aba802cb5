import type { RoutePolicy } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';
import { BACKEND_ANNOTATIONS } from './backend-protocol.ts';
import { BALANCING_ANNOTATIONS } from './balancing.ts';
import { AUTH_ANNOTATIONS } from './basic-auth.ts';
import { BODY_SIZE, readBodySize } from './body-size.ts';
import { CORS_ANNOTATIONS, readCors } from './cors.ts';
import { readRequestHeaders, readResponseHeaders } from './header-edits.ts';
import { readHsts } from './hsts.ts';
import { HTTPS_REDIRECT_ANNOTATIONS, readForcedRedirect } from './https-redirect.ts';
import { LIMIT_ANNOTATIONS, readLimits } from './limits.ts';
import { REDIRECT_ANNOTATIONS, readAppRoot, readRedirect } from './redirects.ts';
import { readSourceRanges, SOURCE_RANGE_ANNOTATIONS } from './source-ranges.ts';
import { readTimeouts, TIMEOUT_ANNOTATIONS } from './timeouts.ts';

/** ingress-nginx' names that readers of this folder know, without their prefix. */
export const POLICY_ANNOTATIONS: readonly string[] = [
  ...REDIRECT_ANNOTATIONS,
  ...HTTPS_REDIRECT_ANNOTATIONS,
  BODY_SIZE,
  ...CORS_ANNOTATIONS,
  ...LIMIT_ANNOTATIONS,
  ...SOURCE_RANGE_ANNOTATIONS,
  ...AUTH_ANNOTATIONS,
  ...TIMEOUT_ANNOTATIONS,
  ...BALANCING_ANNOTATIONS,
  ...BACKEND_ANNOTATIONS,
];

const readAccess = (reader: AnnotationReader): RoutePolicy | undefined => {
  const ranges = readSourceRanges(reader);
  return ranges === undefined ? undefined : { kind: 'access', ...ranges };
};

/** In the order of nginx' phases, which is the order of the checks. */
const READERS: readonly ((reader: AnnotationReader) => RoutePolicy | undefined)[] = [
  readAppRoot,
  readBodySize,
  readResponseHeaders,
  readHsts,
  readCors,
  readRedirect,
  readForcedRedirect,
  readLimits,
  readAccess,
  readTimeouts,
  readRequestHeaders,
];

/** The policies that an Ingress' annotations ask for, in the order of the checks. */
export const readRoutePolicies = (reader: AnnotationReader): readonly RoutePolicy[] =>
  READERS.flatMap(read => read(reader) ?? []);
