import type { Server } from 'node:net';

/** A pod of an example, as its manifest describes it. */
export type DemoPod = {
  readonly name: string;
  readonly app: string;
  readonly track: string;
  /** The name of a port is what it speaks. */
  readonly ports: readonly { readonly name: string; readonly port: number }[];
};

/** What answers on one port of a pod. */
export type DemoApp = {
  readonly server: Server;
  /** No new connections; those that rest end at once, those that are being answered a moment later. */
  stop(): void;
};
