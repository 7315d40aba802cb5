/** Where a client's connection stands. */
export const CLIENT_STATE = {
  /** Between requests, or in a request's head. */
  waiting: 0,
  exchange: 1,
  /** The answer is complete, the request's body is not: read past it. */
  skipping: 2,
  tunnel: 3,
  /** Our side has ended; what still comes is read and dropped. */
  closing: 4,
  closed: 5,
} as const;

export type ClientState = (typeof CLIENT_STATE)[keyof typeof CLIENT_STATE];
