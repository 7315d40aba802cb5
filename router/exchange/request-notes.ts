import type { RouteTimeouts } from '../../src/core/route-settings.ts';
import { prefersJson } from '../http1/accepted-type.ts';
import type { ClientVersion } from '../http1/client-version.ts';
import type { Scheme } from '../http1/forwarded-head.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { HttpsWay } from '../https-way.ts';
import type { Lease } from '../policies/lease.ts';
import type { PendingVerdict } from '../policies/pending-verdict.ts';
import { randomId } from '../random.ts';
import { errorAnswer } from './error-page.ts';
import { grpcAnswer, isGrpc } from './grpc-answer.ts';
import type { OwnAnswer } from './own-answer.ts';

export const OWN_ANSWER = {
  internalError: { status: 500, code: 'InternalError', reason: 'The router failed on this request.' },
  rewriteTooCostly: {
    status: 414,
    code: 'PathTooCostly',
    reason: 'This path is too costly to be rewritten by the regular expression of its route.',
  },
  badRewrite: { status: 503, code: 'BadRewrite', reason: 'The rewrite of this route gives no valid path.' },
  misdirected: {
    status: 421,
    code: 'MisdirectedRequest',
    reason:
      'This TLS connection shows the certificate of another host; open one for the host of the request.',
  },
  noEndpoint: { status: 503, code: 'NoEndpoint', reason: 'No pod is ready to serve this request.' },
} as const satisfies Record<string, OwnAnswer>;

/** What is still asked of a request once the shared head has gone on to the next one. */
export class RequestNotes {
  isHead = false;
  /** How the client came, the last trusted proxy in front included. */
  scheme: Scheme = 'http';
  https: HttpsWay | null = null;
  clientVersion: ClientVersion = '1.1';
  /** The protocols that the client offers; empty: none. */
  upgrade = '';
  requestId = '';
  /** Set-Cookie lines of minted ids. */
  mintedLines = '';
  /** What the route's policies add to the answer's head, whoever gives it. */
  responseLines = '';
  /** True for a request of an origin that the route's CORS policy allows. */
  isCrossOrigin = false;
  /** Of the route; null: the listener's. */
  timeouts: RouteTimeouts | null = null;
  /** Of a policy that has not made up its mind yet. */
  verdict: PendingVerdict | null = null;
  #lease: Lease | null = null;
  #leasedTo = '';
  /** The head as it came, later as it went upstream: kept for a retry, and for what an error page asks of it. */
  headText = '';
  readonly #isFramed: boolean;

  constructor(isFramed = false) {
    this.#isFramed = isFramed;
  }

  get wantsUpgrade(): boolean {
    return this.upgrade !== '';
  }

  take(head: RequestHead): void {
    this.isHead = head.method === 'HEAD';
    this.clientVersion = this.#isFramed ? '2' : head.minorVersion === 1 ? '1.1' : '1.0';
    this.upgrade = head.upgrade;
    this.requestId = head.requestId === '' ? randomId() : head.requestId;
    this.mintedLines = '';
    this.responseLines = '';
    this.isCrossOrigin = false;
    this.timeouts = null;
    this.headText = head.text;
  }

  /** Of a head that was refused, little is certain. */
  takeRefused(headText: string): void {
    this.isHead = headText.startsWith('HEAD ');
    this.clientVersion = this.#isFramed ? '2' : '1.1';
    this.upgrade = '';
    this.requestId = randomId();
    this.mintedLines = '';
    this.responseLines = '';
    this.headText = headText;
  }

  holdLease(lease: Lease, address: string): void {
    this.#lease = lease;
    this.#leasedTo = address;
  }

  /** The request is over, whatever became of it; may be said more than once. */
  over(): void {
    this.#lease?.release(this.#leasedTo);
    this.#lease = null;
    this.verdict?.forget();
    this.verdict = null;
  }

  /** What comes to the head of the backend's answer; `cookieLine` binds the client to its endpoint. */
  addedLines(cookieLine: string): string {
    return this.#cookieLines(this.mintedLines + cookieLine) + this.responseLines;
  }

  /** Over TLS our cookies are for TLS alone. */
  #cookieLines(lines: string): string {
    return lines === '' || this.scheme === 'http'
      ? lines
      : lines.replaceAll(/(?:; Secure)?\r\n/g, '; Secure\r\n');
  }

  /** The whole of an answer of our own, as this client wants it. */
  ownAnswer({ status, code, reason, lines }: OwnAnswer, closes: boolean, dateLine: string): string {
    const give = isGrpc(this.headText) ? grpcAnswer : errorAnswer;
    return give({
      status,
      code,
      reason,
      lines: this.responseLines + (lines ?? ''),
      requestId: this.requestId,
      isJson: prefersJson(this.headText),
      withoutBody: this.isHead,
      closes,
      dateLine,
      mintedLines: this.#cookieLines(this.mintedLines),
    });
  }
}
