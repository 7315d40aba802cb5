/**
 * The methods that llhttp knows for HTTP requests, but CONNECT and TRACE: a backend on Node refuses any
 * other, and what a strict parser behind us refuses must not pass (DESIGN 11). IANA's registry, WebDAV,
 * UPnP, Subversion and PURGE are in it.
 */
const METHODS: ReadonlySet<string> = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PATCH ' +
    'ACL BIND CHECKOUT COPY LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY PROPFIND PROPPATCH ' +
    'PURGE QUERY REBIND REPORT SEARCH SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  ).split(' '),
);

const IDEMPOTENT: ReadonlySet<string> = new Set(
  'GET HEAD PUT DELETE OPTIONS ACL BIND CHECKOUT COPY LINK MKCALENDAR MKCOL PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND UNLINK'.split(
    ' ',
  ),
);

export const isKnownMethod = (method: string): boolean => method === 'GET' || METHODS.has(method);

/** True for a method that may be sent twice (RFC 9110 9.2.2, IANA's "idempotent" column). */
export const isIdempotent = (method: string): boolean => method === 'GET' || IDEMPOTENT.has(method);
