import type { Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import type { Engine } from './engine.ts';

/** The clients of one listener, so that a stop can find and await them. */
export class ClientSet {
  readonly #engine: Engine;
  readonly #connections = new Set<ClientConnection>();
  #onEmpty: (() => void) | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  accept(socket: Socket): void {
    // Reset before it was accepted: there is nobody to talk to.
    if (socket.remoteAddress === undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.#connections.add(
      new ClientConnection(this.#engine, socket, gone => {
        this.#connections.delete(gone);
        if (this.#connections.size === 0) this.#onEmpty?.();
      }),
    );
  }

  /**
   * Resolves when the last client has gone. A connection between two requests is left open for `idleMs`: its
   * next request may be on its way, and a close that crosses it is an error at the client (R2, R3). Answers
   * say `Connection: close` meanwhile, so busy clients leave by themselves.
   */
  async drained({
    idleMs,
    timeoutMs,
  }: {
    readonly idleMs: number;
    readonly timeoutMs: number;
  }): Promise<void> {
    if (this.#connections.size === 0) return;
    const closeIdle = (): void => {
      for (const connection of this.#connections) connection.drain();
    };
    await new Promise<void>(resolve => {
      const idle = setTimeout(closeIdle, idleMs);
      const timeout = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(idle);
        clearTimeout(timeout);
        resolve();
      };
    });
  }
}
