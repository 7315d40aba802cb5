import { isIP } from 'node:net';
import { RequestHead } from '../../router/http1/request-head.ts';
import { utf8Bytes } from '../core/byte-string.ts';
import { shownValue } from '../core/problem.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** A request as curl's flags describe it. */
export type RequestFlags = {
  readonly request: string;
  readonly header?: readonly string[];
  readonly cookie?: readonly string[];
  readonly from: string;
};

export type RequestedHead =
  | { readonly ok: true; readonly head: RequestHead }
  /** One line that says which argument is wrong, and why; or that no server would route such a request. */
  | { readonly ok: false; readonly exit: ExitCode; readonly message: string };

const wrong = (argument: string, value: string, message: string): RequestedHead => ({
  ok: false,
  exit: EXIT.usage,
  message: `${argument} ${shownValue(value)} ${message}`,
});

/** Scheme, authority, and the rest as written: what `new URL` would tidy up is what has to be explained. */
const URL_PARTS = /^(?:([^/?#]*):\/\/)?([^/?#]*)([^#]*)/;

/**
 * The head that a client would send, read by the router's own parser, so that it is explained as it would be
 * routed.
 */
export const requestedHead = (
  url: string,
  { request, header = [], cookie = [], from }: RequestFlags,
): RequestedHead => {
  const [, scheme = 'http', authority = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  if (!/^https?$/i.test(scheme)) return wrong('URL', url, 'is neither http://, https:// nor tcp://.');
  if (isIP(from) === 0) return wrong('--from', from, 'is no IP address; write e.g. 203.0.113.7.');
  if (authority === '') return wrong('URL', url, 'names no host; write e.g. http://taobao.com/cart.');
  const lines: string[] = [];
  let host = authority;
  for (const line of header) {
    const colon = line.indexOf(':');
    if (colon <= 0) return wrong('-H', line, 'is no header line; write "name: value".');
    // curl lets -H Host replace the URL's host, and so does everybody who tests an ingress.
    if (line.slice(0, colon).toLowerCase() === 'host') host = line.slice(colon + 1).trim();
    else lines.push(line);
  }
  if (cookie.length > 0) lines.push(`Cookie: ${cookie.join('; ')}`);
  const target = rest === '' ? '/' : rest.startsWith('/') ? rest : `/${rest}`;
  const head = new RequestHead();
  head.sourceAddress = from;
  const text = [`${request} ${target} HTTP/1.1`, `Host: ${host}`, ...lines]
    .map(line => `${utf8Bytes(line)}\r\n`)
    .join('');
  const fault = head.parse(text);
  return fault === null
    ? { ok: true, head }
    : {
        ok: false,
        exit: EXIT.no,
        message: `the router answers this request with ${fault.status}: ${fault.reason}`,
      };
};
