import type { ErrorAnswer } from './error-page.ts';

/** By HTTP status: what a gRPC client would make of it itself (gRPC's http-grpc-status-mapping), and for what that leaves unknown the nearest. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  408: 4,
  413: 8,
  414: 8,
  429: 14,
  431: 8,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 14,
};

const UNKNOWN = 2;

/** gRPC's HTTP/2 protocol, "Responses": bytes outside of printable ASCII, and the sign itself. */
const percentEncoded = (text: string): string =>
  text.replace(/[^ -$&-~]+/g, part =>
    [...Buffer.from(part, 'utf8')]
      .map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );

/** True for a request of gRPC, by its head as HTTP/1.1 text; gRPC-Web is another protocol. */
export const isGrpc = (headText: string): boolean =>
  /\r\ncontent-type:[ \t]*application\/grpc(?:[+; \t][^\r]*)?\r\n/i.test(headText);

/** The answer as gRPC clients read it: HTTP 200 whatever happened, and the status in what is head and trailers in one. */
export const grpcAnswer = (answer: ErrorAnswer): string => {
  const { status, code, reason, requestId, dateLine, lines, mintedLines, closes } = answer;
  const message = percentEncoded(`${code}: ${reason} Request id: ${requestId}`);
  return (
    `HTTP/1.1 200 OK\r\n${dateLine}Content-Type: application/grpc\r\nContent-Length: 0\r\n` +
    `Grpc-Status: ${GRPC_STATUS[status] ?? UNKNOWN}\r\nGrpc-Message: ${message}\r\n` +
    `${lines}${mintedLines}${closes ? 'Connection: close\r\n' : ''}\r\n`
  );
};
