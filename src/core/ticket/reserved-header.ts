/** RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** True for a token: what a header field, a method and a cookie that we set may be called (RFC 9110 5.6.2, RFC 6265 4.1.1). */
export const isToken = (text: string): boolean => TOKEN.test(text);

const HOP_BY_HOP = 'belongs to one connection and is removed before tickets are tried';
const OURS = 'is set by the router itself';

/** Why a header cannot be a ticket, and what to write instead; names in lower case with `-`. */
const RESERVED: Readonly<Record<string, string>> = {
  connection: `${HOP_BY_HOP}: use another header`,
  'proxy-connection': `${HOP_BY_HOP}: use another header`,
  'keep-alive': `${HOP_BY_HOP}: use another header`,
  'transfer-encoding': `${HOP_BY_HOP}: use another header`,
  te: `${HOP_BY_HOP}: use another header`,
  trailer: `${HOP_BY_HOP}: use another header`,
  upgrade: `${HOP_BY_HOP}: use another header`,
  'http2-settings': `${HOP_BY_HOP}: use another header`,
  'proxy-authenticate': `${HOP_BY_HOP}: use another header`,
  'proxy-authorization': `${HOP_BY_HOP}: use another header`,
  close: 'reads like the option of Connection: use another header',
  host: 'chooses the rule before tickets are tried: write the ticket on the Ingress of that host',
  cookie: 'is read cookie by cookie: use "cookie": {"name": "value"}, or hashOn "cookie:name"',
  authorization:
    'is a credential, and a ticket is routing, not authentication: use a header or cookie of its own',
  'content-length': 'says how the message is framed, not who sent it: use another header',
  forwarded: `${OURS}: use "sourceIP" for the address of the client`,
  'x-real-ip': `${OURS}: use "sourceIP" for the address of the client`,
  'x-request-id': `${OURS} and new for every request: use another header, or "percent" without "hashOn"`,
};

const RESERVED_PREFIXES: readonly (readonly [prefix: string, reason: string])[] = [
  ['x-forwarded-', `${OURS}: use "sourceIP" for the address of the client, another header for the rest`],
  ['x-sluice-', `${OURS}: use another header`],
];

/**
 * Why a header name may not stand in a ticket, as the rest of a sentence, or undefined where it may (DESIGN 5,
 * `TicketInvalid`; DESIGN 7, "Headers").
 */
export const headerNameProblem = (name: string): string | undefined => {
  if (name.startsWith(':')) {
    return 'is a pseudo-header of HTTP/2: use "method" for :method; host and path belong into the rules of the Ingress';
  }
  if (!isToken(name)) return "is no header name: use letters, digits and !#$%&'*+-.^_`|~ only";
  // DESIGN 7 reads `_` as `-` where it removes what we set, so `x_real_ip` never arrives either.
  const dashed = name.toLowerCase().replaceAll('_', '-');
  const reason = Object.hasOwn(RESERVED, dashed)
    ? RESERVED[dashed]
    : RESERVED_PREFIXES.find(([prefix]) => dashed.startsWith(prefix))?.[1];
  return reason === undefined ? undefined : `is reserved, it ${reason}`;
};
