import type { RoutePolicy } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';
import { REDIRECT_ANNOTATIONS, readAppRoot, readRedirect } from './redirects.ts';
import { readSourceRanges, SOURCE_RANGE_ANNOTATIONS } from './source-ranges.ts';

/** Names that the readers below know, without their prefix. */
export const POLICY_ANNOTATIONS: readonly string[] = [...REDIRECT_ANNOTATIONS, ...SOURCE_RANGE_ANNOTATIONS];

const readAccess = (reader: AnnotationReader): RoutePolicy | undefined => {
  const ranges = readSourceRanges(reader);
  return ranges === undefined ? undefined : { kind: 'access', ...ranges };
};

/** In the order of nginx' phases, which is the order of the checks. */
const READERS: readonly ((reader: AnnotationReader) => RoutePolicy | undefined)[] = [
  readAppRoot,
  readRedirect,
  readAccess,
];

/** The policies that an Ingress' annotations ask for, in the order of the checks. */
export const readRoutePolicies = (reader: AnnotationReader): readonly RoutePolicy[] =>
  READERS.flatMap(read => read(reader) ?? []);
