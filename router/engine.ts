import { compileCidrs } from '../src/core/ticket/ip-cidr.ts';
import type { Counters } from './counters.ts';
import { SCAN_MARGIN_BYTES } from './http1/head-bytes.ts';
import { RequestHead } from './http1/request-head.ts';
import { ResponseHead } from './http1/response-head.ts';
import { HTTPS_PORT, type HttpsWay } from './https-way.ts';
import type { Routing } from './routing/decision.ts';
import type { TimerWheel } from './timer-wheel.ts';
import { TurnQueue } from './turn-queue.ts';

/** Time and size limits of one listener (DESIGN 7). */
export type EngineOptions = {
  readonly connectTimeoutMs: number;
  /** From the last byte of the request to the end of the answer's head. */
  readonly responseHeadTimeoutMs: number;
  /** From the first byte of a request head to its last. */
  readonly requestHeadTimeoutMs: number;
  /** Longer than the usual load balancer's 60 and 350 s, so that it is the one to close. */
  readonly clientIdleMs: number;
  /** Shorter than the shortest usual keep-alive of a backend (Node: 5 s). */
  readonly upstreamIdleMs: number;
  /** No request goes on an upstream connection older than this, so that new routes to a pod are found; 0: no limit. */
  readonly upstreamLifetimeMs: number;
  /** 0: no limit. */
  readonly maxRequestsPerUpstream: number;
  /** A body or an answer that makes no progress for so long, though its peer could, is given up. */
  readonly stallTimeoutMs: number;
  /** How long an ended connection is still read, so that no reset eats the answer on its way. */
  readonly lingerMs: number;
  readonly drainTimeoutMs: number;
  /** A TCP connection on which neither side has sent anything for so long is ended, unless its port says otherwise. */
  readonly tcpIdleMs: number;
  readonly maxIdlePerEndpoint: number;
  /** Resolution of all of these. */
  readonly tickMs: number;
  /** Canonical CIDRs of the proxies in front: what they say of the client is believed (S11). */
  readonly trustedProxies: readonly string[];
  /** Every connection begins with a PROXY header, and comes from a trusted proxy. */
  readonly proxyProtocol: boolean;
  /** Connections in clear may begin with HTTP/2's preface (RFC 9113 3.3). */
  readonly h2c: boolean;
  /** Open at a time; those above it are shed (R6). */
  readonly maxConnections: number;
  /** HTTP/2 is offered over TLS (ALPN). */
  readonly http2: boolean;
  /** Under which clients reach the TLS port; null: that port itself. */
  readonly publicHttpsPort: number | null;
};

export const DEFAULT_OPTIONS: EngineOptions = {
  connectTimeoutMs: 5_000,
  responseHeadTimeoutMs: 60_000,
  requestHeadTimeoutMs: 10_000,
  clientIdleMs: 400_000,
  upstreamIdleMs: 4_000,
  upstreamLifetimeMs: 3_600_000,
  maxRequestsPerUpstream: 0,
  stallTimeoutMs: 60_000,
  lingerMs: 2_000,
  drainTimeoutMs: 30_000,
  // As Envoy's: longer than pools of database connections keep what is idle, so that they are the ones to close.
  tcpIdleMs: 3_600_000,
  maxIdlePerEndpoint: 1_024,
  tickMs: 250,
  trustedProxies: [],
  proxyProtocol: false,
  h2c: false,
  maxConnections: 10_000,
  http2: true,
  publicHttpsPort: null,
};

/** Who is told of a bug; expected failure is counted instead. */
export type Log = (message: string, error?: unknown) => void;

/** What is closed when the engine stops. */
export interface Closable {
  destroy(): void;
}

/** Bytes that may wait in a socket that does not drain before its source is paused. */
export const SOCKET_HIGH_WATER_BYTES = 16_384;

/** What one read of an upstream socket brings at most: on top of the high-water mark it makes the 64 KiB of DESIGN 7. */
const READ_BUFFER_BYTES = 65_536 - SOCKET_HIGH_WATER_BYTES;

let dateSecond = -1;
let dateLine = '';

/** What all connections of one listener share. */
export class Engine {
  readonly routing: Routing;
  readonly options: EngineOptions;
  readonly counters: Counters;
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly isTrusted: (address: string) => boolean;
  readonly requestHead = new RequestHead();
  readonly responseHead = new ResponseHead();
  readonly upstreams = new Set<Closable>();
  /** Who is to be told of the end of the loop's turn. */
  readonly turns: TurnQueue;
  /** Of the kinds of clients; the limit of connections is for all of them. */
  readonly clientSets: { readonly size: number }[] = [];
  /** One buffer for all upstream sockets: what is read is passed on, or copied, before the next read. */
  readonly readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  /** The part of it that a read may fill: heads are scanned where they stand, with a NUL behind them. */
  readonly readSpace = this.readBuffer.subarray(0, READ_BUFFER_BYTES - SCAN_MARGIN_BYTES);
  https: HttpsWay;
  /** True from the first moment of a graceful stop: answers say `Connection: close`. */
  isDraining = false;

  constructor(parts: Pick<Engine, 'routing' | 'options' | 'counters' | 'wheel' | 'log'>) {
    this.routing = parts.routing;
    this.options = parts.options;
    this.counters = parts.counters;
    this.wheel = parts.wheel;
    this.log = parts.log;
    this.turns = new TurnQueue(parts.log);
    const publicPort = parts.options.publicHttpsPort ?? HTTPS_PORT;
    this.https = { isServed: false, publicPort: () => publicPort };
    this.isTrusted = compileCidrs(parts.options.trustedProxies);
  }

  get openClients(): number {
    return this.clientSets.reduce((sum, { size }) => sum + size, 0);
  }

  /** `Date: …\r\n` of this second. */
  dateLine(): string {
    const nowMs = Date.now();
    const second = Math.trunc(nowMs / 1000);
    if (second !== dateSecond) {
      dateSecond = second;
      dateLine = `Date: ${new Date(nowMs).toUTCString()}\r\n`;
    }
    return dateLine;
  }
}
