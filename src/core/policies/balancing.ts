import { type Affinity, type Balance, DEFAULT_BALANCE, type HashPart } from '../balance.ts';
import { isToken } from '../ticket/reserved-header.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const BALANCING_ANNOTATIONS = [
  'load-balance',
  'upstream-hash-by',
  'affinity',
  'affinity-mode',
  'session-cookie-name',
  'session-cookie-max-age',
  'session-cookie-expires',
  'session-cookie-path',
  'session-cookie-domain',
  'session-cookie-samesite',
  'session-cookie-secure',
] as const;

const VARIABLES: Readonly<Record<string, HashPart>> = {
  request_uri: { kind: 'uri' },
  host: { kind: 'host' },
  remote_addr: { kind: 'sourceIP' },
  binary_remote_addr: { kind: 'sourceIP' },
};

const variablePart = (name: string): HashPart | undefined => {
  if (Object.hasOwn(VARIABLES, name)) return VARIABLES[name];
  const [, kind, rest = ''] = /^(http|cookie|arg)_(\w+)$/.exec(name) ?? [];
  if (kind === 'http') return { kind: 'header', name: rest.toLowerCase().replaceAll('_', '-') };
  if (kind === 'cookie') return { kind: 'cookie', name: rest };
  return kind === 'arg' ? { kind: 'query', name: rest } : undefined;
};

const hashParts = (text: string): readonly HashPart[] | undefined => {
  const parts: HashPart[] = [];
  for (const [, plain, braced, bare] of text.matchAll(/([^$]+)|\$\{(\w+)\}|\$(\w*)/g)) {
    const name = braced ?? bare;
    const part: HashPart | undefined =
      name === undefined ? { kind: 'text', text: plain ?? '' } : variablePart(name);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  // Text alone would send everybody to one endpoint.
  return parts.some(part => part.kind !== 'text') ? parts : undefined;
};

const MAX_HASH_TEXT = 256;

/** `upstream-hash-by` beats `load-balance`, as in ingress-nginx. */
export const readBalance = (reader: AnnotationReader): Balance => {
  const algorithm = reader.text('load-balance');
  const isKnown = algorithm === 'round_robin' || algorithm === 'ewma';
  if (algorithm !== undefined && !isKnown) reader.refuse('load-balance', 'must be "round_robin" or "ewma".');
  const hashBy = reader.text('upstream-hash-by');
  if (hashBy !== undefined) {
    const by = hashBy.length > MAX_HASH_TEXT ? undefined : hashParts(hashBy);
    if (by !== undefined) return { kind: 'hash', by };
    reader.refuse(
      'upstream-hash-by',
      'must hold one or more of $request_uri, $host, $remote_addr, $http_<header>, $cookie_<name>, $arg_<name>.',
    );
  }
  return isKnown ? { kind: algorithm } : DEFAULT_BALANCE;
};

/** What annotations say of the cookie; its path is the rule's own where it is null. */
export type WrittenAffinity = Omit<Affinity, 'path'> & { readonly path: string | null };

const textAt = (name: string, pattern: RegExp, hint: string, reader: AnnotationReader): string | null => {
  const text = reader.text(name);
  if (text === undefined) return null;
  if (pattern.test(text)) return text;
  reader.refuse(name, hint);
  return null;
};

const MAX_AGE_SECONDS = 3_153_600_000;

/** Null where `affinity` is not asked for; the parts are checked all the same. */
export const readAffinity = (reader: AnnotationReader): WrittenAffinity | null => {
  const kind = textAt('affinity', /^cookie$/, 'must be "cookie": no other affinity is known.', reader);
  textAt('affinity-mode', /^(?:balanced|persistent)$/, 'must be "balanced" or "persistent".', reader);
  const name = reader.text('session-cookie-name') ?? 'INGRESSCOOKIE';
  const isName = isToken(name) && name.length <= 128;
  if (!isName)
    reader.refuse('session-cookie-name', "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~ only.");
  const maxAge = reader.wholeNumber('session-cookie-max-age', 1, MAX_AGE_SECONDS);
  const expires = reader.wholeNumber('session-cookie-expires', 1, MAX_AGE_SECONDS);
  const sameSite = textAt(
    'session-cookie-samesite',
    /^(?:Strict|Lax|None)$/i,
    'must be "None", "Lax" or "Strict".',
    reader,
  );
  const written: WrittenAffinity = {
    cookie: isName ? name : 'INGRESSCOOKIE',
    ttlSeconds: maxAge ?? expires ?? null,
    path: textAt(
      'session-cookie-path',
      /^\/[!-:<-~]*$/,
      'must be a path such as "/cart", without spaces and ";".',
      reader,
    ),
    domain: textAt(
      'session-cookie-domain',
      /^\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i,
      'must be a host name such as "taobao.com".',
      reader,
    ),
    sameSite: SAME_SITE[sameSite?.toLowerCase() ?? ''] ?? null,
    secure: reader.flag('session-cookie-secure') === true,
  };
  return kind === null ? null : written;
};

const SAME_SITE: Readonly<Record<string, 'Strict' | 'Lax' | 'None'>> = {
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
};
