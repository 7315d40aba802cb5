/** A JSON value as `JSON.parse` returns it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** True for a JSON object: neither null nor an array. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * JSON with sorted keys and no spaces, so that equal data is equal text (DESIGN 3). Keys whose value is undefined
 * are left out. Written out by hand: in a JavaScript object keys such as "10" come first whatever the order, and
 * `__proto__` is no key.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  // Undefined has no JSON; in a list it is null, as JSON.stringify has it.
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter(key => value[key] !== undefined)
    .sort()
    .map(key => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
};

/** True if two values have the same canonical text; told without making either. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  }
  if (!isRecord(a) || !isRecord(b)) return canonicalJson(a) === canonicalJson(b);
  let members = 0;
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || b[key] === undefined || !sameJson(a[key], b[key])) return false;
    members += 1;
  }
  return Object.keys(b).filter(key => b[key] !== undefined).length === members;
};

/** Deepest nesting that we read from an author: the grammars need 6, and recursion over more is an attack on the stack. */
const MAX_DEPTH = 32;

/** True if a value nests deeper than any of our grammars; looks level by level, so that it cannot overflow itself. */
export const isTooDeep = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap(item => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
};
