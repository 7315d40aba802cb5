import { Agent, request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { poissonArrivals } from '../load/arrivals.ts';
import { LatencyHistogram } from '../load/latency-histogram.ts';
import type { Call } from './reviews.ts';
import { type Serving, WEBHOOK_NAME } from './serving.ts';

export type Load = {
  readonly calls: readonly Call[];
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly seed: number;
};

export type Answers = {
  /** From the moment at which a review was due to the last byte of its answer; microseconds. */
  readonly latencies: LatencyHistogram;
  /** Answers that were no admission, and calls without one. */
  readonly failures: number;
};

/** Asks a webhook as an API server does: HTTP/1.1 over TLS on connections that are kept. */
export class Caller {
  readonly #serving: Serving;
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'fifo' });

  constructor(serving: Serving) {
    this.#serving = serving;
  }

  /** True: admitted. */
  call({ path, body }: Call): Promise<boolean> {
    return new Promise(resolve => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#serving.port,
          path,
          method: 'POST',
          servername: WEBHOOK_NAME,
          ca: this.#serving.ca,
          agent: this.#agent,
          headers: { 'content-type': 'application/json', 'content-length': body.length },
        },
        response => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve(response.statusCode === 200 && text.includes('"allowed":true')));
          response.on('error', () => resolve(false));
        },
      );
      sent.on('error', () => resolve(false));
      sent.end(body);
    });
  }

  /** Sends at given moments whatever becomes of the calls before: a server that stalls cannot slow the clock down. */
  async openLoop({ calls, ratePerSecond, durationMs, seed }: Load): Promise<Answers> {
    const latencies = new LatencyHistogram();
    const underWay: Promise<void>[] = [];
    let failures = 0;
    const send = async (call: Call, dueMs: number): Promise<void> => {
      if (!(await this.call(call))) failures += 1;
      latencies.add((performance.now() - dueMs) * 1000);
    };
    const nextArrival = poissonArrivals(ratePerSecond, seed);
    const startMs = performance.now();
    for (let dueMs = nextArrival(), at = 0; dueMs < durationMs; dueMs = nextArrival(), at += 1) {
      const aheadMs = startMs + dueMs - performance.now();
      if (aheadMs > 0) await wait(aheadMs);
      const call = calls[at % calls.length];
      if (call !== undefined) underWay.push(send(call, startMs + dueMs));
    }
    await Promise.all(underWay);
    return { latencies, failures };
  }

  /** All at once. */
  async burst(calls: readonly Call[]): Promise<Answers> {
    const latencies = new LatencyHistogram();
    let failures = 0;
    const startMs = performance.now();
    await Promise.all(
      calls.map(async call => {
        if (!(await this.call(call))) failures += 1;
        latencies.add((performance.now() - startMs) * 1000);
      }),
    );
    return { latencies, failures };
  }

  close(): void {
    this.#agent.destroy();
  }
}
