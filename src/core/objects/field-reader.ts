import { isRecord } from '../canonical-json.ts';
import { failed, ok, type Problem, type Result, shownValue } from '../problem.ts';

/** Most problems that one object is told of: nobody reads more, and 9 MiB of wrong input must not become a larger answer. */
const MAX_PROBLEMS = 100;

const ROOT = '(root)';

type Fields = Readonly<Record<string, unknown>>;

/** JSON null is "not set", as in the API server. */
const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** A value of any shape in words, for "expected X, got Y". */
export const describe = (value: unknown): string => {
  if (!isSet(value)) return value === null ? 'null' : 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  if (typeof value === 'string') return `the text ${shownValue(value)}`;
  return `the ${typeof value} ${String(value)}`;
};

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** YAML reads `5` and `true` as number and boolean: the classic mistake in labels and annotations. */
const quoteHint = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean' ? `; put it in quotes: "${value}"` : '';

const unquoteHint = (value: unknown): string =>
  typeof value === 'string' && /^\d+$/.test(value)
    ? `; write it without quotes: ${shownValue(value).slice(1, -1)}`
    : '';

/**
 * Reads the fields of one object of unknown shape (DESIGN 9: `unknown` becomes a type once). Every method
 * gives a value of its type; where the field is wrong it notes the problem and gives a stand-in, so that
 * one pass finds all problems. `parseFields` throws the stand-ins away.
 */
export class FieldReader {
  readonly path: string;
  readonly #fields: Fields;
  readonly #problems: Problem[];

  constructor(fields: Fields, path: string, problems: Problem[]) {
    this.#fields = fields;
    this.path = path;
    this.#problems = problems;
  }

  /** Path of a field of this object, as kubectl prints it. */
  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  /** True if the field is there and not null. */
  has(key: string): boolean {
    return isSet(this.#value(key));
  }

  /** The value as it stands, for somebody who reads it by other rules; null where it is not set. */
  raw(key: string): unknown {
    return this.#value(key) ?? null;
  }

  /** Notes a problem of a field that this reader cannot see by itself. */
  report(key: string, message: string): void {
    const value = this.#value(key);
    this.#note(this.pathOf(key), message, isScalar(value) ? value : undefined);
  }

  /** Notes a problem of one value of an object of strings, without repeating the value. */
  reportSecret(key: string, name: string, message: string): void {
    this.#note(`${this.pathOf(key)}[${name}]`, message);
  }

  /** True for 0 and the empty string: Go's zero values, which some fields take for "not set". */
  isZero(key: string): boolean {
    return this.#value(key) === 0 || this.#value(key) === '';
  }

  /** A string; without `fallback` the field must be there and not be empty. */
  text(key: string, fallback?: string): string {
    const value = this.#value(key);
    if (!isSet(value) && fallback !== undefined) return fallback;
    if (typeof value === 'string' && (value !== '' || fallback !== undefined)) return value;
    this.#expected(key, value === '' ? 'a text that is not empty' : 'a text', quoteHint(value));
    return '';
  }

  /** A string, or null where the field is not set. */
  optionalText(key: string): string | null {
    return this.has(key) ? this.text(key, '') : null;
  }

  /** A whole number from 1 to 65535; without `fallback` the field must be there. */
  port(key: string, fallback?: number): number {
    const value = this.#value(key);
    if (!isSet(value) && fallback !== undefined) return fallback;
    if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535) return Number(value);
    this.#expected(key, 'a port number from 1 to 65535', unquoteHint(value));
    return 1;
  }

  /** A port number, or the name of a port: Kubernetes' IntOrString. */
  portOrName(key: string): number | string {
    if (typeof this.#value(key) !== 'string') {
      if (typeof this.#value(key) === 'number') return this.port(key);
      this.#expected(key, 'a port number from 1 to 65535 or the name of a port', '');
      return 1;
    }
    return this.portName(key);
  }

  /** The name of a port, which has at least one letter: `"80"` in quotes is the classic mistake. */
  portName(key: string): string {
    const name = this.text(key);
    if (/^\d+$/.test(name)) this.#expected(key, 'a port name, which has a letter', unquoteHint(name));
    return name;
  }

  /** True, false, or null where the field is not set. */
  optionalFlag(key: string): boolean | null {
    const value = this.#value(key);
    if (!isSet(value)) return null;
    if (typeof value === 'boolean') return value;
    this.#expected(
      key,
      'true or false',
      value === 'true' || value === 'false' ? `; write it without quotes` : '',
    );
    return false;
  }

  /** A whole number that is not negative, or null where the field is not set. */
  optionalCount(key: string): number | null {
    const value = this.#value(key);
    if (!isSet(value)) return null;
    if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
    this.#expected(key, 'a whole number from 0', unquoteHint(value));
    return 0;
  }

  /** One of some words; without `fallback` the field must be there. */
  choice<const Word extends string>(key: string, words: readonly [Word, ...Word[]], fallback?: Word): Word {
    const value = this.#value(key);
    if (!isSet(value) && fallback !== undefined) return fallback;
    const word = words.find(candidate => candidate === value);
    if (word !== undefined) return word;
    this.#expected(key, words.length === 1 ? words[0] : `one of ${words.join(', ')}`, '');
    return words[0];
  }

  /** An object; where it is not set, one without fields, or with `shape` (what is expected there) a problem. */
  child(key: string, shape?: string): FieldReader {
    const value = this.#value(key);
    if (isRecord(value)) return new FieldReader(value, this.pathOf(key), this.#problems);
    if (!isSet(value) && shape === undefined) return new FieldReader({}, this.pathOf(key), this.#problems);
    this.#expected(key, shape ?? 'an object', '');
    // Its fields are not missing as well: one mistake, one problem.
    return new FieldReader({}, this.pathOf(key), []);
  }

  /** A list of objects; empty where it is not set. */
  children(key: string): readonly FieldReader[] {
    return this.#list(key).flatMap((item, index) => {
      const path = `${this.pathOf(key)}[${index}]`;
      if (isRecord(item)) return [new FieldReader(item, path, this.#problems)];
      this.#note(path, `expected an object, got ${describe(item)}`, isScalar(item) ? item : undefined);
      return [];
    });
  }

  /** A list of strings; empty where it is not set. */
  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((item, index) => {
      if (typeof item === 'string') return [item];
      const message = `expected a text, got ${describe(item)}${quoteHint(item)}`;
      this.#note(`${this.pathOf(key)}[${index}]`, message, isScalar(item) ? item : undefined);
      return [];
    });
  }

  /**
   * An object of strings, such as labels; empty where it is not set. It has no prototype, so that a key named
   * `__proto__` or `constructor` is data like any other. A null value reads as the empty string, as in the API server.
   */
  textMap(key: string, options: { readonly secret?: boolean } = {}): Readonly<Record<string, string>> {
    const out: Record<string, string> = Object.create(null);
    const value = this.#value(key);
    if (!isSet(value)) return out;
    if (!isRecord(value)) {
      this.#expected(key, 'an object of texts', '');
      return out;
    }
    for (const name of Object.keys(value)) {
      const item = value[name] ?? '';
      if (typeof item === 'string') out[name] = item;
      else this.#noteMapValue(`${this.pathOf(key)}[${name}]`, item, options.secret === true);
    }
    return out;
  }

  #noteMapValue(path: string, item: unknown, secret: boolean): void {
    if (secret) {
      this.#note(
        path,
        `expected a text, got ${Array.isArray(item) ? 'a list' : `a value of type ${typeof item}`}; put it in quotes`,
      );
      return;
    }
    this.#note(
      path,
      `expected a text, got ${describe(item)}${quoteHint(item)}`,
      isScalar(item) ? item : undefined,
    );
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value(key);
    if (Array.isArray(value)) return value;
    if (isSet(value)) this.#expected(key, 'a list', '');
    return [];
  }

  #value(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
  }

  #expected(key: string, expectation: string, hint: string): void {
    this.report(key, `expected ${expectation}, got ${describe(this.#value(key))}${hint}`);
  }

  #note(field: string, message: string, value?: string | number | boolean): void {
    if (this.#problems.length > MAX_PROBLEMS) return;
    const shown = value === undefined ? {} : { value: String(value) };
    this.#problems.push(
      this.#problems.length < MAX_PROBLEMS
        ? { code: 'ObjectInvalid', field, message, ...shown }
        : {
            code: 'ObjectInvalid',
            field: ROOT,
            message: `more problems follow; only the first ${MAX_PROBLEMS} are shown`,
          },
    );
  }
}

/** What a parser takes: one kind in some API versions. */
export type AcceptedKind<Version extends string> = {
  readonly kind: string;
  readonly apiVersions: readonly [Version, ...Version[]];
};

/** A problem with the object as a whole. */
export const wrongObject = (value: unknown): Result<never> =>
  failed({
    code: 'ObjectInvalid',
    field: ROOT,
    message: `expected a Kubernetes object with apiVersion, kind and metadata, got ${describe(value)}`,
  });

/**
 * Reads one object; fails with every problem that `read` noted. An object of another kind or version is
 * told that alone: what its fields mean is then unknown.
 */
export const parseFields = <T, Version extends string>(
  value: unknown,
  accepted: AcceptedKind<Version>,
  read: (fields: FieldReader, apiVersion: Version) => T,
): Result<T> => {
  if (!isRecord(value)) return wrongObject(value);
  const problems: Problem[] = [];
  const fields = new FieldReader(value, '', problems);
  fields.choice('kind', [accepted.kind]);
  const apiVersion = fields.choice('apiVersion', accepted.apiVersions);
  if (problems.length > 0) return { ok: false, problems };
  const object = read(fields, apiVersion);
  return problems.length > 0 ? { ok: false, problems } : ok(object);
};
