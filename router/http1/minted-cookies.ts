import { randomId } from '../random.ts';

type MintedCookie = { readonly name: string; readonly id: string; readonly ttlSeconds: number | null };

/** The random ids that were minted for one request; they store an id, never the decision (DESIGN 3). */
export class MintedCookies {
  #minted: MintedCookie[] = [];

  clear(): void {
    if (this.#minted.length > 0) this.#minted = [];
  }

  /** The id of that cookie, the same however often it is asked for. */
  mint(cookie: string, ttlSeconds: number | null): string {
    const known = this.#minted.find(({ name }) => name === cookie);
    if (known !== undefined) return known.id;
    const id = randomId();
    this.#minted.push({ name: cookie, id, ttlSeconds });
    return id;
  }

  /** Set-Cookie lines. */
  lines(): string {
    let lines = '';
    for (const { name, id, ttlSeconds } of this.#minted) {
      const maxAge = ttlSeconds === null ? '' : `; Max-Age=${ttlSeconds}`;
      lines += `Set-Cookie: ${name}=${id}; Path=/; HttpOnly; SameSite=Lax${maxAge}\r\n`;
    }
    return lines;
  }
}
