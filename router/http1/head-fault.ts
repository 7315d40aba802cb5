/** Why a request was refused before it had a route; each is one constant, so that refusing allocates no error. */
export type HeadFault = {
  readonly status: 200 | 400 | 405 | 408 | 414 | 431 | 501 | 505 | 508;
  readonly code: string;
  /** One sentence for the person who reads the answer. */
  readonly reason: string;
};

export const HEAD_FAULT = {
  requestLine: {
    status: 400,
    code: 'BadRequestLine',
    reason: 'The request line is not METHOD SP TARGET SP HTTP/1.1 CRLF.',
  },
  method: { status: 501, code: 'MethodUnknown', reason: 'This method is not known.' },
  methodRefused: {
    status: 405,
    code: 'MethodRefused',
    reason: 'CONNECT and TRACE are not served.',
  },
  version: { status: 505, code: 'VersionUnsupported', reason: 'Only HTTP/1.0 and HTTP/1.1 are spoken here.' },
  target: {
    status: 400,
    code: 'BadTarget',
    reason: 'The request target is not a valid path, or holds bytes that two servers could read in two ways.',
  },
  targetTooLong: { status: 414, code: 'TargetTooLong', reason: 'The request target is longer than 16 KiB.' },
  headTooLarge: {
    status: 431,
    code: 'HeadTooLarge',
    reason: 'The header block is larger than 32 KiB or has more than 100 fields.',
  },
  field: {
    status: 400,
    code: 'BadField',
    reason: 'A header line is not NAME: VALUE CRLF, or holds a control character.',
  },
  host: { status: 400, code: 'BadHost', reason: 'HTTP/1.1 needs exactly one valid Host.' },
  contentLength: {
    status: 400,
    code: 'BadContentLength',
    reason: 'Content-Length must be given once, in digits only.',
  },
  framing: {
    status: 400,
    code: 'AmbiguousFraming',
    reason:
      'Transfer-Encoding together with Content-Length, twice, not ending in chunked, or on HTTP/1.0, is read in two ways.',
  },
  transferEncoding: {
    status: 501,
    code: 'TransferEncodingUnsupported',
    reason: 'The only transfer coding that is understood is chunked.',
  },
  connection: {
    status: 400,
    code: 'BadConnection',
    reason: 'Connection may not name a field that says who asks, for what, or how long the body is.',
  },
  /** RFC 9110 7.6.2: no fault of the request, but it ends here like one. */
  lastHop: {
    status: 200,
    code: 'MaxForwardsReached',
    reason: 'Max-Forwards is 0: the request ends at this router.',
  },
  loop: {
    status: 508,
    code: 'LoopDetected',
    reason: 'This request has passed routers of this kind eight times already (Via).',
  },
  headTimeout: { status: 408, code: 'RequestTimeout', reason: 'The request head did not arrive in time.' },
  bodyTimeout: { status: 408, code: 'RequestTimeout', reason: 'The request body stopped arriving.' },
  body: { status: 400, code: 'BadBody', reason: 'The chunked body is malformed.' },
} as const satisfies Record<string, HeadFault>;
