import { TICKET } from '../job.ts';

/** What one scenario asks for. */
export type RequestKind = 'get' | 'get-close' | 'get-costly' | 'post-4k' | 'down-1m' | 'up-1m' | 'chunked';

type Shape = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly bodyBytes: number;
  readonly isChunked: boolean;
};

export const SHAPES: Readonly<Record<RequestKind, Shape>> = {
  get: { method: 'GET', path: '/cart/items?page=1&sort=price', bodyBytes: 0, isChunked: false },
  'get-close': { method: 'GET', path: '/cart/items?page=1&sort=price', bodyBytes: 0, isChunked: false },
  'get-costly': { method: 'GET', path: '/cart/items?page=1&sort=price', bodyBytes: 0, isChunked: false },
  'post-4k': { method: 'POST', path: '/upload/form', bodyBytes: 4_096, isChunked: false },
  'down-1m': { method: 'GET', path: '/big', bodyBytes: 0, isChunked: false },
  'up-1m': { method: 'POST', path: '/upload/file', bodyBytes: 1_048_576, isChunked: false },
  chunked: { method: 'POST', path: '/upload/chunked', bodyBytes: 4_096, isChunked: true },
};

/** What a browser sends besides Host and Connection: 10 fields, about 600 bytes. */
export const BROWSER_FIELDS: readonly string[] = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br',
  'Referer: http://shop.bench.test/cart',
  'Cookie: session=4f1c2e9ab7d84c3f9e1b0a6d5c4e3f21; uid=10003; theme=dark',
  'Cache-Control: max-age=0',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
];

/** A long field, for tickets that search it. */
export const STORY_NAME = 'x-story';
const STORY_LINE = `${STORY_NAME}: ${'from the start of chapter one to the end of part two, '.repeat(40).trim()}\r\n`;

export const TICKET_LINE = `${TICKET.name}: ${TICKET.value}\r\n`;

const CHUNK_BYTES = 1_024;

const browserLines = (kind: RequestKind): readonly string[] => [
  ...BROWSER_FIELDS,
  `Connection: ${kind === 'get-close' ? 'close' : 'keep-alive'}`,
];

/** A request in two halves, between which the host stands. */
export const requestParts = (
  kind: RequestKind,
  isMarked: boolean,
): { readonly beforeHost: string; readonly afterHost: string; readonly body: string } => {
  const { method, path, bodyBytes, isChunked } = SHAPES[kind];
  const framing = isChunked
    ? 'Transfer-Encoding: chunked\r\n'
    : bodyBytes > 0
      ? `Content-Length: ${bodyBytes}\r\n`
      : '';
  const chunk = `${CHUNK_BYTES.toString(16)}\r\n${'u'.repeat(CHUNK_BYTES)}\r\n`;
  return {
    beforeHost: `${method} ${path} HTTP/1.1\r\nHost: `,
    afterHost: `\r\n${browserLines(kind).join('\r\n')}\r\n${isMarked ? TICKET_LINE : ''}${kind === 'get-costly' ? STORY_LINE : ''}${framing}\r\n`,
    body: isChunked ? `${chunk.repeat(bodyBytes / CHUNK_BYTES)}0\r\n\r\n` : 'u'.repeat(bodyBytes),
  };
};

export const requestText = (kind: RequestKind, host: string, isMarked: boolean): string => {
  const { beforeHost, afterHost, body } = requestParts(kind, isMarked);
  return beforeHost + host + afterHost + body;
};
