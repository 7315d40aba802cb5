import type { Store, Versioned, WriteOutcome } from '../../certs/stores.ts';

/** Called before an operation takes effect and before its answer is given; may wait, or throw for the network. */
export type Network = {
  reached(name: string, operation: 'read' | 'write'): Promise<void>;
  answered(name: string, operation: 'read' | 'write'): Promise<void>;
};

export const GOOD_NETWORK: Network = { reached: async () => {}, answered: async () => {} };

/** One object of an API server, with resourceVersions that never come again. */
export class ObjectInMemory<Content> {
  readonly name: string;
  #held: Versioned<Content> | null;
  /** Everything that it ever held. */
  readonly history: (Content | null)[] = [];

  constructor(name: string, content: Content | null) {
    this.name = name;
    this.#held = null;
    if (content !== null) this.put(content);
  }

  get content(): Content | null {
    return this.#held?.content ?? null;
  }

  /** Somebody else writes, without asking for the version; null deletes. */
  put(content: Content | null): void {
    this.history.push(content);
    this.#held = content === null ? null : { content, version: String(this.history.length) };
  }

  /** The object as one process reaches it. */
  store<Written>(
    network: Network,
    stored: (written: Written, old: Content | null) => Content,
  ): Store<Content, Written> {
    return {
      name: this.name,
      read: async () => {
        await network.reached(this.name, 'read');
        const found = this.#held;
        await network.answered(this.name, 'read');
        return found;
      },
      write: async (written, version): Promise<WriteOutcome> => {
        await network.reached(this.name, 'write');
        const isCurrent = version === (this.#held?.version ?? null);
        if (isCurrent) this.put(stored(written, this.content));
        await network.answered(this.name, 'write');
        return isCurrent ? 'written' : 'conflict';
      },
    };
  }
}

/** Holds one operation of a process, counted from 0, until it is let go. */
export class HeldOperation implements Network {
  readonly #nth: number;
  #count = 0;
  letGo: () => void = () => {};
  readonly #isLetGo = new Promise<void>(resolve => {
    this.letGo = resolve;
  });
  #isHeld: () => void = () => {};
  /** Resolves when the process has come to it. */
  readonly held = new Promise<void>(resolve => {
    this.#isHeld = resolve;
  });

  constructor(nth: number) {
    this.#nth = nth;
  }

  async reached(): Promise<void> {
    this.#count += 1;
    if (this.#count !== this.#nth + 1) return;
    this.#isHeld();
    await this.#isLetGo;
  }

  async answered(): Promise<void> {}
}
