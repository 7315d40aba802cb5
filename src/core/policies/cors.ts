import type { PolicyOf } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const CORS_ANNOTATIONS = [
  'enable-cors',
  'cors-allow-origin',
  'cors-allow-methods',
  'cors-allow-headers',
  'cors-expose-headers',
  'cors-allow-credentials',
  'cors-max-age',
] as const;

/** ingress-nginx' defaults. */
const METHODS = 'GET, PUT, POST, DELETE, PATCH, OPTIONS';
const HEADERS =
  'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization';
const MAX_AGE_SECONDS = 1_728_000;

/** Scheme, host with at most one `*.` in front, port. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i;
const MAX_ORIGINS = 100;

const originsAt = (reader: AnnotationReader): readonly string[] | null | undefined => {
  const text = reader.text('cors-allow-origin');
  if (text === undefined) return null;
  const origins = text.split(',').map(origin => origin.trim().toLowerCase());
  if (origins.includes('*')) return null;
  if (origins.length <= MAX_ORIGINS && origins.every(origin => ORIGIN.test(origin))) return origins;
  reader.refuse(
    'cors-allow-origin',
    `must be "*" or a list of at most ${MAX_ORIGINS} origins, such as "https://www.taobao.com,https://*.tmall.com:8443".`,
  );
  return undefined;
};

const namesAt = <T>(name: string, fallback: T, reader: AnnotationReader): string | T => {
  const text = reader.text(name);
  if (text === undefined) return fallback;
  if (/^(?:\*|[\w-]+(?:\s*,\s*[\w-]+)*)$/.test(text) && !/[\r\n]/.test(text)) return text;
  reader.refuse(name, 'must be a list of names, separated by commas.');
  return fallback;
};

/** Undefined where it is not switched on; a broken part holds its default, but broken origins allow none. */
export const readCors = (reader: AnnotationReader): PolicyOf<'cors'> | undefined => {
  const origins = originsAt(reader);
  const policy: PolicyOf<'cors'> = {
    kind: 'cors',
    // The default would be every origin: wider than whatever was meant.
    origins: origins === undefined ? [] : origins,
    methods: namesAt('cors-allow-methods', METHODS, reader),
    headers: namesAt('cors-allow-headers', HEADERS, reader),
    exposedHeaders: namesAt('cors-expose-headers', null, reader),
    credentials: reader.flag('cors-allow-credentials') ?? true,
    maxAgeSeconds: reader.wholeNumber('cors-max-age', 0, 2_147_483_647) ?? MAX_AGE_SECONDS,
  };
  return reader.flag('enable-cors') === true ? policy : undefined;
};
