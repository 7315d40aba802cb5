/** An answer that the router gives itself. */
export type ErrorAnswer = {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** One sentence, for people. */
  readonly reason: string;
  readonly requestId: string;
  readonly isJson: boolean;
  /** HEAD: the head of the answer alone. */
  readonly withoutBody: boolean;
  readonly closes: boolean;
  readonly dateLine: string;
  /** Set-Cookie lines of minted ids: a fallen-back user keeps the bucket. */
  readonly mintedLines: string;
  /** What this answer says beside: `Location: …\r\n`. */
  readonly lines: string;
};

const REASON_PHRASE: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  508: 'Loop Detected',
};

/** RFC 9110 15.5.6: a 405 names what is allowed; so does an answer to OPTIONS (9.3.7), our one 200. */
const ALLOW_LINE = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n';

const bodyOf = ({ status, code, reason, requestId, isJson }: ErrorAnswer): string =>
  isJson
    ? `${JSON.stringify({ status, code, reason, requestId })}\n`
    : `${status} ${REASON_PHRASE[status] ?? code}: ${reason}\ncode: ${code}\nrequest id: ${requestId}\n`;

/** RFC 9110 8.6: no Content-Length in a 204. */
const bodiless = ({ dateLine, lines, mintedLines, closes }: ErrorAnswer): string =>
  `HTTP/1.1 204 No Content\r\n${dateLine}${lines}${mintedLines}${closes ? 'Connection: close\r\n' : ''}\r\n`;

/** The whole answer as bytes: small, says what happened and under which id to look for it, never a stack trace (DESIGN 7). */
export const errorAnswer = (answer: ErrorAnswer): string => {
  if (answer.status === 204) return bodiless(answer);
  const body = Buffer.from(bodyOf(answer), 'utf8').toString('latin1');
  const type = answer.isJson ? 'application/json' : 'text/plain; charset=utf-8';
  return (
    `HTTP/1.1 ${answer.status} ${REASON_PHRASE[answer.status] ?? 'Error'}\r\n` +
    `${answer.dateLine}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n` +
    `${answer.status === 405 || answer.status === 200 ? ALLOW_LINE : ''}${answer.lines}${answer.mintedLines}${answer.closes ? 'Connection: close\r\n' : ''}\r\n` +
    (answer.withoutBody ? '' : body)
  );
};
