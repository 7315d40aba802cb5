import { normalizePath } from '../../src/core/request-path.ts';
import { hostOfAuthority } from './authority.ts';

/** A request target taken apart; reused for every request. */
export class RequestTarget {
  /** Normalized; `/` for `*`. */
  path = '';
  /** With its `?`; empty where there is none. */
  query = '';
  /** The authority of an absolute-form target, else empty: it beats Host (RFC 9112 3.2.2). */
  authority = '';
  /** True for `*` and for `OPTIONS http://host`, which means the same (RFC 9112 3.2.4). */
  isAsterisk = false;
  /** True where the target is forwarded byte for byte. */
  isVerbatim = false;

  /** False for a target that is answered with 400. */
  parse(target: string, method: string): boolean {
    this.authority = '';
    this.isAsterisk = false;
    if (target.charCodeAt(0) === 0x2f) return this.#pathAndQuery(target);
    if (target === '*') return this.#asterisk(method);
    return this.#absoluteForm(target, method);
  }

  #pathAndQuery(target: string): boolean {
    // No fragment in a target (RFC 9112 3.2): some parsers cut there, others do not.
    if (target.includes('#')) return false;
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    const normalized = normalizePath(path);
    if (normalized === undefined) return false;
    this.path = normalized;
    this.query = mark === -1 ? '' : target.slice(mark);
    this.isVerbatim = normalized === path;
    return true;
  }

  #asterisk(method: string): boolean {
    this.path = '/';
    this.query = '';
    this.isAsterisk = true;
    this.isVerbatim = true;
    return method === 'OPTIONS';
  }

  #absoluteForm(target: string, method: string): boolean {
    const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
    const authority = match?.[1];
    const rest = match?.[2] ?? '';
    if (authority === undefined || hostOfAuthority(authority) === undefined) return false;
    const accepted =
      rest === '' && method === 'OPTIONS'
        ? this.#asterisk(method)
        : this.#pathAndQuery(rest.startsWith('/') ? rest : `/${rest}`);
    this.authority = authority;
    this.isVerbatim = false;
    return accepted;
  }
}
