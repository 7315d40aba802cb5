import type { PolicyOf } from '../../src/core/route-settings.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RouteCheck } from './route-checks.ts';

const PREFLIGHT: OwnAnswer = { status: 204, code: 'Preflight', reason: '', counter: 'policy_cors' };

/** What the policy says is not said a second time by the backend: two answers are none to a browser. */
const SET_FIELDS = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-max-age',
];

type Origins = {
  readonly exact: ReadonlySet<string>;
  /** What stands before the one free label, and what stands behind it. */
  readonly wildcards: readonly (readonly [before: string, after: string])[];
};

const compileOrigins = (origins: readonly string[]): Origins => {
  const isWildcard = (origin: string): boolean => origin.includes('://*.');
  return {
    exact: new Set(origins.filter(origin => !isWildcard(origin))),
    wildcards: origins.filter(isWildcard).map(origin => {
      const star = origin.indexOf('*');
      return [origin.slice(0, star), origin.slice(star + 1)];
    }),
  };
};

const isAllowed = ({ exact, wildcards }: Origins, written: string): boolean => {
  const origin = written.toLowerCase();
  if (exact.has(origin)) return true;
  return wildcards.some(([before, after]) => {
    const label = origin.slice(before.length, origin.length - after.length);
    return (
      origin.length > before.length + after.length &&
      origin.startsWith(before) &&
      origin.endsWith(after) &&
      /^[a-z0-9-]+$/.test(label)
    );
  });
};

/**
 * ingress-nginx' `enable-cors`: an allowed origin gets the headers with every answer, and OPTIONS from it is answered here. An
 * origin that is not allowed is the backend's business, as there.
 */
export const corsCheck = (policy: PolicyOf<'cors'>): RouteCheck => {
  const origins = policy.origins === null ? null : compileOrigins(policy.origins);
  const others =
    (policy.credentials ? 'Access-Control-Allow-Credentials: true\r\n' : '') +
    `Access-Control-Allow-Methods: ${policy.methods}\r\n` +
    `Access-Control-Allow-Headers: ${policy.headers}\r\n` +
    (policy.exposedHeaders === null ? '' : `Access-Control-Expose-Headers: ${policy.exposedHeaders}\r\n`) +
    `Access-Control-Max-Age: ${policy.maxAgeSeconds}\r\n`;
  const anyOrigin = `Access-Control-Allow-Origin: *\r\n${others}`;
  return {
    before: (head, notes) => {
      const origin = origins === null ? '' : head.headerLine('origin', 0);
      // Whoever is not allowed must not be given an answer from a cache that was made for one who is.
      if (origins !== null) notes.responseLines += 'Vary: Origin\r\n';
      if (origin === undefined || (origins !== null && !isAllowed(origins, origin))) return null;
      notes.isCrossOrigin = true;
      notes.responseLines +=
        origins === null ? anyOrigin : `Access-Control-Allow-Origin: ${origin}\r\n${others}`;
      return head.method === 'OPTIONS' ? PREFLIGHT : null;
    },
    onAnswer: (head, notes) => {
      if (!notes.isCrossOrigin) return;
      for (const name of SET_FIELDS) head.fields.dropNamed(name);
      if (policy.exposedHeaders !== null) head.fields.dropNamed('access-control-expose-headers');
    },
  };
};
