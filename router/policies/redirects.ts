import { locationParts, type RedirectVariable } from '../../src/core/policies/redirects.ts';
import type { PolicyOf } from '../../src/core/route-settings.ts';
import type { CounterName } from '../counters.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { Scheme } from '../http1/forwarded-head.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { RouteCheck } from './route-checks.ts';

const redirected = (counter: CounterName, status: number, location: string): OwnAnswer => ({
  status,
  code: 'Redirect',
  reason: 'What was asked for is somewhere else.',
  lines: `Location: ${location}\r\n`,
  counter,
});

/** Each is made of bytes that the head's reader let pass, none of which ends a line. */
const VALUE_OF: Readonly<Record<RedirectVariable, (head: RequestHead, scheme: Scheme) => string>> = {
  scheme: (_head, scheme) => scheme,
  host: head => head.host,
  http_host: head => head.authority,
  // Normalized, unlike nginx': `$request_uri` may stand where `//` or `..` would lead elsewhere.
  request_uri: head => head.path + head.target.query,
  uri: head => head.path,
  args: head => head.target.query.slice(1),
  is_args: head => (head.target.query.length > 1 ? '?' : ''),
};

/** `app-root`: relative, so that it holds behind any TLS terminator and repeats no Host. */
export const appRootCheck = ({ path }: PolicyOf<'app-root'>): RouteCheck => {
  const answer = redirected('policy_app_root', 302, path);
  return { before: head => (head.path === '/' && !head.target.isAsterisk ? answer : null) };
};

export const redirectCheck = ({ status, location }: PolicyOf<'redirect'>): RouteCheck => {
  const parts = locationParts(location);
  if (parts === undefined) throw new Error(`the plan holds a location that cannot be read: ${location}`);
  return {
    before: (head, { scheme }) =>
      redirected(
        'policy_redirect',
        status,
        parts.map(part => ('text' in part ? part.text : VALUE_OF[part.variable](head, scheme))).join(''),
      ),
  };
};
