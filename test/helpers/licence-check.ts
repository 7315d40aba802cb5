import { isRecord } from '../../src/core/canonical-json.ts';

/** Licences that ask for no more than their own text and notice, by SPDX identifier. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

const TOKEN = /\s*([()]|[A-Za-z0-9.+-]+)\s*/y;

const tokensOf = (expression: string): readonly string[] | null => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) return null;
    tokens.push(token);
  }
  return tokens;
};

/** Reads `OR` of `AND` of licences and brackets; null for what is no such expression (SPDX 2.3 annex D). */
class Expression {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): boolean | null {
    const value = this.#either();
    return this.#at === this.#tokens.length ? value : null;
  }

  #either(): boolean | null {
    let value = this.#both();
    while (value !== null && this.#take('OR')) {
      const next = this.#both();
      value = next === null ? null : value || next;
    }
    return value;
  }

  #both(): boolean | null {
    let value = this.#one();
    while (value !== null && this.#take('AND')) {
      const next = this.#one();
      value = next === null ? null : value && next;
    }
    return value;
  }

  #one(): boolean | null {
    if (this.#take('(')) {
      const value = this.#either();
      return this.#take(')') ? value : null;
    }
    const licence = this.#tokens[this.#at];
    if (licence === undefined || ['OR', 'AND', 'WITH', '(', ')'].includes(licence)) return null;
    this.#at += 1;
    return PERMISSIVE.has(licence);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}

/** True where an SPDX expression lets us choose permissive terms alone; `WITH` an exception is for a person to read. */
export const isPermissive = (expression: string): boolean => {
  const tokens = tokensOf(expression);
  return tokens !== null && new Expression(tokens).whole() === true;
};

export type LicenceReport = {
  /** Production packages, transitive and optional ones included, `name@version`, sorted. */
  readonly packages: readonly string[];
  /** What must not be, one line each. */
  readonly offenders: readonly string[];
};

const licenceFault = (licence: unknown): string | null => {
  if (typeof licence !== 'string' || licence === '') return 'names no licence in package-lock.json';
  return isPermissive(licence) ? null : `is under ${licence}, which is not on the permissive list`;
};

/** The addresses of a registry that a lock file may not hold: everyone's own registry shall serve. */
const addressFaults = (path: string, entry: Readonly<Record<string, unknown>>): readonly string[] =>
  'resolved' in entry && entry.link !== true
    ? [`${path} holds a "resolved" address in package-lock.json`]
    : [];

/** Judges a parsed package-lock.json (lockfileVersion 3): licences of all that is not for development alone. */
export const licenceReport = (lock: unknown): LicenceReport => {
  const entries = isRecord(lock) && isRecord(lock.packages) ? Object.entries(lock.packages) : null;
  if (entries === null) return { packages: [], offenders: ['package-lock.json lists no packages'] };
  const packages: string[] = [];
  const offenders: string[] = [];
  for (const [path, entry] of entries) {
    if (path === '' || !isRecord(entry)) continue;
    offenders.push(...addressFaults(path, entry));
    if (entry.dev === true) continue;
    const name = `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${entry.version}`;
    packages.push(name);
    const fault = licenceFault(entry.license);
    if (fault !== null) offenders.push(`${name} ${fault}`);
  }
  if (packages.length === 0) offenders.push('package-lock.json lists no production packages');
  return { packages: packages.sort(), offenders: offenders.sort() };
};
