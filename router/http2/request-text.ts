import { isTokenChar } from '../http1/characters.ts';
import type { FieldSection } from './hpack/field-section.ts';
import { HEADER_KIND, type HeaderField } from './hpack/header-field.ts';

/** A request's head as HTTP/1.1 text: request line and field lines, without the empty line, as RequestHead.parse takes it. */
export type RequestText = {
  readonly kind: 'text';
  readonly text: string;
  /** An extended CONNECT for a WebSocket, which has become an Upgrade (RFC 8441): the answer's 101 is a 200. */
  readonly isWebSocket: boolean;
  /** False where a body has no Content-Length: only END_STREAM tells its end. */
  readonly hasLength: boolean;
};

/** Why there is no such text. */
export type RequestFault =
  /** RFC 9113 8.1.1: the stream is to be reset with PROTOCOL_ERROR. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** Answered with 431. */
  | { readonly kind: 'too-large' };

const TOO_LARGE: RequestFault = { kind: 'too-large' };

const malformed = (reason: string): RequestFault => ({ kind: 'malformed', reason });

const MALFORMED_FIELD = malformed('a field has a name or value that HTTP does not have');
const FORBIDDEN_FIELD = malformed('a field belongs to a connection of HTTP/1.1');
const LATE_PSEUDO_FIELD = malformed(
  'a pseudo-field comes twice, behind other fields, or from the wrong side',
);
const BAD_METHOD = malformed(':method is missing, or no method');
const BAD_SCHEME = malformed(':scheme is neither http nor https');
const BAD_PATH = malformed(':path is missing, or no path');
const BAD_TE = malformed('te may only say trailers');
const BAD_LENGTH = malformed('content-length is no number, or comes twice');
const TWO_HOSTS = malformed('Host is not what :authority is');
const BAD_CONNECT = malformed('CONNECT has what it may not have, or lacks what it needs');

/** The pseudo-fields of the request that is being read: null where there is none. */
type PseudoFields = {
  method: HeaderField | null;
  scheme: HeaderField | null;
  authority: HeaderField | null;
  path: HeaderField | null;
  protocol: HeaderField | null;
};

const pseudo: PseudoFields = { method: null, scheme: null, authority: null, path: null, protocol: null };

/** Reads the pseudo-fields, which come first (RFC 9113 8.3); returns how many there are, -1 if one comes twice. */
const readPseudoFields = (fields: FieldSection): number => {
  pseudo.method = null;
  pseudo.scheme = null;
  pseudo.authority = null;
  pseudo.path = null;
  pseudo.protocol = null;
  for (let at = 0; at < fields.count; at += 1) {
    const field = fields.at(at);
    if (field === undefined) return at;
    switch (field.kind) {
      case HEADER_KIND.method:
        if (pseudo.method !== null) return -1;
        pseudo.method = field;
        break;
      case HEADER_KIND.scheme:
        if (pseudo.scheme !== null) return -1;
        pseudo.scheme = field;
        break;
      case HEADER_KIND.authority:
        if (pseudo.authority !== null) return -1;
        pseudo.authority = field;
        break;
      case HEADER_KIND.path:
        if (pseudo.path !== null) return -1;
        pseudo.path = field;
        break;
      case HEADER_KIND.protocol:
        if (pseudo.protocol !== null) return -1;
        pseudo.protocol = field;
        break;
      default:
        return at;
    }
  }
  return fields.count;
};

const isToken = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) if (!isTokenChar(text.charCodeAt(at))) return false;
  return text !== '';
};

/** `/…`, or `*` of OPTIONS: an absolute form would be a second authority. */
const isPath = (path: HeaderField | null, method: string): boolean =>
  path !== null && (path.value.startsWith('/') || (path.value === '*' && method === 'OPTIONS'));

/** RFC 9113 8.3.1, 8.5; RFC 8441 4. */
const pseudoFault = (webSocketKey: string | null): RequestFault | null => {
  const { method, scheme, authority, path, protocol } = pseudo;
  if (method === null || (method.value !== 'GET' && !isToken(method.value))) return BAD_METHOD;
  if (method.value === 'CONNECT' && protocol === null) {
    const isConnect = authority !== null && authority.value !== '' && scheme === null && path === null;
    return isConnect && isToken(authority.value.replace(/[:[\]]/g, '')) ? null : BAD_CONNECT;
  }
  if (protocol !== null) {
    const isWebSocket = method.value === 'CONNECT' && protocol.value === 'websocket';
    if (webSocketKey === null || !isWebSocket || authority === null) return BAD_CONNECT;
  }
  if (scheme === null || (scheme.value !== 'https' && scheme.value !== 'http')) return BAD_SCHEME;
  return isPath(path, method.value) ? null : BAD_PATH;
};

const startLines = (): string => {
  const { method, authority, path, protocol } = pseudo;
  const host = authority?.line ?? '';
  if (path === null) return `CONNECT ${authority?.value} HTTP/1.1\r\n${host}`;
  return (protocol === null ? method?.value : 'GET') + path.line + host;
};

/** The lines of the fields from `first` on, cookies joined (RFC 9113 8.2.3: crumbs are one field for whoever looks for a cookie). */
const fieldLines = (fields: FieldSection, first: number): string | RequestFault => {
  const { authority, protocol } = pseudo;
  let text = '';
  let cookies = '';
  for (let at = first; at < fields.count; at += 1) {
    const field = fields.at(at);
    if (field === undefined) break;
    switch (field.kind) {
      case HEADER_KIND.ordinary:
        // Of a WebSocket over HTTP/2 it says nothing, and two keys would be none.
        if (protocol === null || field.name !== 'sec-websocket-key') text += field.line;
        break;
      case HEADER_KIND.contentLength:
        text += field.line;
        break;
      case HEADER_KIND.cookie:
        cookies = cookies === '' ? field.value : `${cookies}; ${field.value}`;
        break;
      case HEADER_KIND.te:
        if (field.value !== 'trailers') return BAD_TE;
        text += field.line;
        break;
      case HEADER_KIND.host:
        if (authority === null) text += field.line;
        else if (field.value.toLowerCase() !== authority.value.toLowerCase()) return TWO_HOSTS;
        break;
      case HEADER_KIND.malformed:
        return MALFORMED_FIELD;
      case HEADER_KIND.forbidden:
        return FORBIDDEN_FIELD;
      default:
        return LATE_PSEUDO_FIELD;
    }
  }
  return cookies === '' ? text : `${text}cookie: ${cookies}\r\n`;
};

/**
 * A request's fields as the text that an HTTP/1.1 client would have sent, so that all checks and all tickets hold alike;
 * everything that could mean something else on the other side is refused (RFC 9113 8.2, 8.3, 10.3; S6).
 * `webSocketKey`: what an extended CONNECT gets for its Sec-WebSocket-Key; null: it is not offered.
 */
export const requestText = (
  fields: FieldSection,
  endsStream: boolean,
  webSocketKey: string | null,
): RequestText | RequestFault => {
  if (fields.isTooLarge) return TOO_LARGE;
  const first = readPseudoFields(fields);
  if (first === -1) return LATE_PSEUDO_FIELD;
  if (fields.at(first)?.kind === HEADER_KIND.malformed) return MALFORMED_FIELD;
  const fault = pseudoFault(webSocketKey);
  if (fault !== null) return fault;
  if (fields.contentLength === -2) return BAD_LENGTH;
  const lines = fieldLines(fields, first);
  if (typeof lines !== 'string') return lines;
  const isWebSocket = pseudo.protocol !== null;
  const upgrade = isWebSocket
    ? `connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ${webSocketKey}\r\n`
    : '';
  const hasLength = endsStream || fields.contentLength !== -1;
  return { kind: 'text', text: startLines() + lines + upgrade, isWebSocket, hasLength };
};
