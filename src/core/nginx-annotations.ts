import { annotationField, NGINX_PREFIX, SERVER_ALIAS } from './annotation-names.ts';
import type { Balance } from './balance.ts';
import { AnnotationReader } from './policies/annotation-reader.ts';
import { readBackend, type WrittenBackend } from './policies/backend-protocol.ts';
import { readAffinity, readBalance, type WrittenAffinity } from './policies/balancing.ts';
import { readBasicAuth, type WrittenBasicAuth } from './policies/basic-auth.ts';
import { readHostRedirect } from './policies/https-redirect.ts';
import { POLICY_ANNOTATIONS, readRoutePolicies } from './policies/route-policies.ts';
import type { Problem } from './problem.ts';
import type { RoutePolicy } from './route-settings.ts';

type Annotations = Readonly<Record<string, string>>;

/** What the annotations of ingress-nginx on one Ingress mean to the router. */
export type NginxAnnotations = {
  readonly useRegex: boolean;
  /** Null: the path goes on as it is. */
  readonly rewriteTarget: string | null;
  /** `canary: "true"`: serves nothing here; a ticket says the same (DESIGN 5, `CanaryIngress`). */
  readonly canary: boolean;
  readonly balance: Balance;
  readonly affinity: WrittenAffinity | null;
  /** Whose users are in a Secret; null: no password is asked for. */
  readonly basicAuth: WrittenBasicAuth | null;
  /** Null: pods are spoken to in plain HTTP/1.1. */
  readonly backend: WrittenBackend | null;
  /** `ssl-redirect`: who comes in clear to a host that has a certificate is sent to HTTPS. */
  readonly sslRedirect: boolean;
  /** In the order of the checks. */
  readonly policies: readonly RoutePolicy[];
  /** Problems with what we read: `AnnotationInvalid`. */
  readonly problems: readonly Problem[];
  /** Those of them that leave open who may ask: nothing is served until they are mended. */
  readonly accessProblems: readonly Problem[];
  /** Restrict access in ways that we do not enforce: `AnnotationUnsupported`. */
  readonly unsupportedAccess: readonly Problem[];
  /** Others that change nothing here, by full name. */
  readonly ignored: readonly string[];
};

const USE_REGEX = `${NGINX_PREFIX}use-regex`;
const REWRITE_TARGET = `${NGINX_PREFIX}rewrite-target`;
const CANARY = `${NGINX_PREFIX}canary`;

const IMPLEMENTED: ReadonlySet<string> = new Set([
  USE_REGEX,
  REWRITE_TARGET,
  CANARY,
  SERVER_ALIAS,
  ...POLICY_ANNOTATIONS.map(name => NGINX_PREFIX + name),
]);

/** Only with `canary: "true"` do these mean anything to ingress-nginx either. */
const CANARY_DETAIL = `${NGINX_PREFIX}canary-`;

/** Annotations that close a route to some: names after the prefix, `*` for any ending. */
const ACCESS_RESTRICTING = [
  'auth-*',
  'enable-modsecurity',
  'enable-owasp-core-rules',
  'modsecurity-*',
] as const;

/** Snippets are nginx configuration; these directives in one can close a route. */
const SNIPPETS: ReadonlySet<string> = new Set(['configuration-snippet', 'server-snippet']);
const CLOSING_DIRECTIVE =
  /(?<![\w-])(?:deny|allow|satisfy|auth_\w+|limit_except|return|access_by_lua\w*|internal|valid_referers|secure_link\w*|ssl_verify_client|modsecurity\w*)(?![\w-])/;

/** Switches among them, and the value that leaves them out. */
const SWITCHED_OFF: Readonly<Record<string, string>> = {
  'auth-always-set-cookie': 'false',
  'auth-tls-pass-certificate-to-upstream': 'false',
  'auth-tls-verify-client': 'off',
  'enable-modsecurity': 'false',
  'enable-owasp-core-rules': 'false',
};

const isSwitchedOff = (name: string, value: string): boolean =>
  Object.hasOwn(SWITCHED_OFF, name) && SWITCHED_OFF[name] === value;

const restrictsAccess = (name: string, value: string): boolean => {
  if (SNIPPETS.has(name)) return CLOSING_DIRECTIVE.test(value);
  const listed = ACCESS_RESTRICTING.some(entry =>
    entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry,
  );
  return listed && !isSwitchedOff(name, value);
};

/** Bytes that a request target may hold (DESIGN 7, "Path"); a rewrite may not smuggle others in. */
const TARGET = /^\/[!-~\u0080-\uffff]*$/;

const rewriteTarget = (reader: AnnotationReader): string | null => {
  const value = reader.text('rewrite-target');
  if (value === undefined) return null;
  if (TARGET.test(value) && !/[\\#?]/.test(value)) return value;
  reader.refuse(
    'rewrite-target',
    'must be a path that starts with "/", without spaces, "?", "#" or "\\"; $1 to $9 stand for the groups of the rule\'s regex, e.g. "/$2".',
  );
  return null;
};

/** Reads ingress-nginx' annotations: those that we implement, and what the others would have meant (docs/annotations.md). */
export const readNginxAnnotations = (
  annotations: Annotations,
  serviceConfigName: string,
): NginxAnnotations => {
  const reader = new AnnotationReader(annotations);
  const unsupportedAccess: Problem[] = [];
  const ignored: string[] = [];
  for (const [full, value] of Object.entries(annotations)) {
    if (!full.startsWith(NGINX_PREFIX) || IMPLEMENTED.has(full) || full === serviceConfigName) continue;
    // Beside `canary: "true"` they are read, to write the ticket out; without it they are as idle as in ingress-nginx.
    if (full.startsWith(CANARY_DETAIL) && annotations[CANARY] === 'true') continue;
    const name = full.slice(NGINX_PREFIX.length);
    if (restrictsAccess(name, value)) {
      unsupportedAccess.push({
        code: 'AnnotationUnsupported',
        field: annotationField(full),
        value,
        message:
          'restricts access, and this router does not enforce it: serving the Ingress would open what it closes. Remove the annotation and protect the application itself, or keep the Ingress in its old class.',
      });
    } else {
      ignored.push(full);
    }
  }
  return {
    canary: reader.flag('canary') === true,
    useRegex: reader.flag('use-regex') === true,
    rewriteTarget: rewriteTarget(reader),
    balance: readBalance(reader),
    affinity: readAffinity(reader),
    basicAuth: readBasicAuth(reader),
    backend: readBackend(reader),
    sslRedirect: readHostRedirect(reader),
    policies: readRoutePolicies(reader),
    problems: reader.problems,
    accessProblems: reader.accessProblems,
    unsupportedAccess,
    ignored: ignored.sort(),
  };
};

/** The list of tickets that leads the same requests to the edge as the `canary-*` annotations beside `canary: "true"`. */
export const canaryTickets = (annotations: Annotations): readonly Readonly<Record<string, unknown>>[] => {
  const value = (name: string): string | undefined => annotations[`${CANARY_DETAIL}${name}`];
  const header = value('by-header');
  const exact = value('by-header-value');
  const pattern = value('by-header-pattern');
  const cookie = value('by-cookie');
  const weight = Number(value('weight') ?? '0');
  const total = Math.max(100, Number(value('weight-total') ?? '100') || 100);
  const tickets: Readonly<Record<string, unknown>>[] = [];
  if (header !== undefined) {
    if (exact !== undefined) tickets.push({ header: { [header]: exact } });
    else if (pattern !== undefined) tickets.push({ header: { [header]: { regex: pattern } } });
    else tickets.push({ header: { [header]: 'always' } }, { header: { [header]: 'never' }, to: 'stable' });
  }
  if (cookie !== undefined)
    tickets.push({ cookie: { [cookie]: 'always' } }, { cookie: { [cookie]: 'never' }, to: 'stable' });
  if (weight > 0) tickets.push({ percent: Math.min(100, Math.round((weight * 10_000) / total) / 100) });
  return tickets.length === 0 ? [{ percent: 0 }] : tickets;
};
