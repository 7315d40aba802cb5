import { type PolicyOf, REDIRECT_STATUSES, type RedirectStatus } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const REDIRECT_ANNOTATIONS = [
  'app-root',
  'permanent-redirect',
  'permanent-redirect-code',
  'temporal-redirect',
  'temporal-redirect-code',
] as const;

/** nginx' variables that a redirect may hold: those that people write, each safe in a header as the router knows it. */
export const REDIRECT_VARIABLES = [
  'scheme',
  'host',
  'http_host',
  'request_uri',
  'uri',
  'args',
  'is_args',
] as const;
export type RedirectVariable = (typeof REDIRECT_VARIABLES)[number];

/** A location taken apart: texts and variables, in order. */
export type LocationPart = { readonly text: string } | { readonly variable: RedirectVariable };

const isVariable = (name: string): name is RedirectVariable =>
  REDIRECT_VARIABLES.some(variable => variable === name);

/** Visible ASCII but for what no URL holds; so nothing can end the header line. */
const URL_CHARACTERS = /^[!#-;=?-[\]_a-z~$]+$/;

/** The parts of a `location`; undefined where it names a variable that we do not have. */
export const locationParts = (location: string): readonly LocationPart[] | undefined => {
  const parts: LocationPart[] = [];
  for (const [, text = '', braced, plain] of location.matchAll(/([^$]+)|\$\{(\w+)\}|\$(\w*)/g)) {
    const name = braced ?? plain;
    if (name === undefined) parts.push({ text });
    else if (isVariable(name)) parts.push({ variable: name });
    else return undefined;
  }
  return parts;
};

const isLocation = (text: string): boolean =>
  URL_CHARACTERS.test(text.replaceAll(/\$\{\w+\}/g, '$')) &&
  // `//` would lead to whatever host comes next.
  (/^(?:https?|\$scheme|\$\{scheme\}):\/\/[^/]/i.test(text) || /^\/(?!\/|\$)/.test(text)) &&
  locationParts(text) !== undefined;

const NO_LOCATION = `must be a URL such as "https://www.taobao.com/new" or a path such as "/new"; of nginx' variables it may hold ${REDIRECT_VARIABLES.map(name => `$${name}`).join(', ')}.`;

const statusAt = (name: string, fallback: RedirectStatus, reader: AnnotationReader): RedirectStatus => {
  const value = reader.text(name);
  const status = REDIRECT_STATUSES.find(known => String(known) === value);
  if (value !== undefined && status === undefined)
    reader.refuse(name, `must be one of ${REDIRECT_STATUSES.join(', ')}.`);
  return status ?? fallback;
};

const redirectAt = (
  kind: 'temporal' | 'permanent',
  reader: AnnotationReader,
): PolicyOf<'redirect'> | undefined => {
  const name = `${kind}-redirect`;
  const location = reader.text(name);
  const status = statusAt(`${name}-code`, kind === 'temporal' ? 302 : 301, reader);
  if (location === undefined) return undefined;
  if (isLocation(location)) return { kind: 'redirect', status, location };
  reader.refuse(name, NO_LOCATION);
  return undefined;
};

/** `temporal-redirect` beats `permanent-redirect`, as in ingress-nginx. */
export const readRedirect = (reader: AnnotationReader): PolicyOf<'redirect'> | undefined => {
  const temporal = redirectAt('temporal', reader);
  const permanent = redirectAt('permanent', reader);
  return temporal ?? permanent;
};

export const readAppRoot = (reader: AnnotationReader): PolicyOf<'app-root'> | undefined => {
  const path = reader.text('app-root');
  if (path === undefined) return undefined;
  // `/` itself would lead round and round, `//host` away from here.
  if (/^\/(?!\/)[!#-;=?-[\]_a-z~]+$/.test(path)) return { kind: 'app-root', path };
  reader.refuse('app-root', 'must be a path below "/", such as "/app", in visible ASCII.');
  return undefined;
};
