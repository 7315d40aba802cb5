import { type FramingOrigin, type OriginRequest, startFramingOrigin } from './framing-origin.ts';
import { type OnePoolOptions, type OnePoolRouter, startOnePoolRouter } from './one-pool-router.ts';
import { connectRaw } from './raw-peer.ts';

/** The plain answer of origins in the checklist tests. */
export const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

/** What became of one client's bytes. */
export type Passage = {
  /** Everything that the client got until its connection ended. */
  readonly answer: string;
  /** The whole requests that the origin saw of it. */
  readonly requests: readonly OriginRequest[];
  /** The status of every final answer, in order. */
  readonly statuses: readonly number[];
};

export type SentThrough = {
  readonly origin: FramingOrigin;
  readonly router: OnePoolRouter;
  /** Sends `text` on a connection of its own, ends it, and waits for the other end. */
  send(text: string): Promise<Passage>;
};

export type Through = OnePoolOptions & { readonly answer?: string | ((request: OriginRequest) => string) };

/** The router in front of one framing origin; what the engine called a bug comes back. */
export const sentThrough = async (
  { answer = OK, ...options }: Through,
  work: (through: SentThrough) => Promise<void>,
): Promise<readonly string[]> => {
  const origin = await startFramingOrigin(answer);
  const router = await startOnePoolRouter([origin.port], options);
  const send = async (text: string): Promise<Passage> => {
    const client = await connectRaw(router.port);
    client.socket.end(text, 'latin1');
    const received = await client.untilEnd();
    client.socket.destroy();
    const statuses = [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
    return { answer: received, requests: origin.takeRequests(), statuses };
  };
  try {
    await work({ origin, router, send });
  } finally {
    await router.close();
    await origin.close();
  }
  return router.bugs;
};
