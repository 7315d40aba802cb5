import type { PolicyOf } from '../../src/core/route-settings.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { HTTPS_PORT } from '../https-way.ts';
import type { RouteCheck } from './route-checks.ts';

/** An authority that issues certificates asks in clear, and a solver may answer there alone (RFC 8555 8.3). */
const ACME_CHALLENGES = '/.well-known/acme-challenge/';

const moved = ({ host, path, target }: RequestHead, port: number): OwnAnswer => ({
  status: 308,
  code: 'Redirect',
  reason: 'What was asked for is served over HTTPS.',
  // The host is one that routes are looked up by and the path is normalized: neither can end the line.
  lines: `Location: https://${host}${port === HTTPS_PORT ? '' : `:${port}`}${target.isAsterisk ? '' : path}${target.query}\r\n`,
  counter: 'policy_https_redirect',
});

/** A request without a host (HTTP/1.0) can be led nowhere, and is not served in clear either. */
const NOWHERE: OwnAnswer = {
  status: 403,
  code: 'HttpsRequired',
  reason: 'This is served over HTTPS alone.',
  counter: 'policy_https_redirect',
};

/**
 * ingress-nginx' `ssl-redirect` and `force-ssl-redirect`: whoever came in clear is led to the same place over TLS, with
 * the method and body that the request had. How a client came is what a trusted proxy says, else the connection.
 */
export const httpsRedirectCheck = ({ always }: PolicyOf<'https-redirect'>): RouteCheck => ({
  before: (head, { scheme, https }) => {
    if (scheme === 'https' || head.path.startsWith(ACME_CHALLENGES)) return null;
    if (!always && https?.isServed !== true) return null;
    return head.host === '' ? NOWHERE : moved(head, https?.publicPort() ?? HTTPS_PORT);
  },
});
