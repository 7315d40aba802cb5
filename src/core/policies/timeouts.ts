import type { PolicyOf } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const TIMEOUT_ANNOTATIONS = [
  'proxy-connect-timeout',
  'proxy-read-timeout',
  'proxy-send-timeout',
] as const;

/** Three weeks and a half: what a 32-bit number of milliseconds holds. */
const MAX_SECONDS = 2_147_483;

const millisecondsAt = (name: string, reader: AnnotationReader): number | null => {
  const seconds = reader.wholeNumber(name, 1, MAX_SECONDS);
  return seconds === undefined ? null : seconds * 1000;
};

/** Whole seconds without a unit, as in ingress-nginx. */
export const readTimeouts = (reader: AnnotationReader): PolicyOf<'timeouts'> | undefined => {
  const [connectMs = null, readMs = null, sendMs = null] = TIMEOUT_ANNOTATIONS.map(name =>
    millisecondsAt(name, reader),
  );
  if (connectMs === null && readMs === null && sendMs === null) return undefined;
  return { kind: 'timeouts', connectMs, readMs, sendMs };
};
