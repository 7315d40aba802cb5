/** A JSON value as `JSON.parse` returns it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** True for a JSON object: neither null nor an array. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  // A null prototype: a key named `__proto__` stays data.
  const out: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) out[key] = sorted(value[key]);
  return out;
};

/** JSON with sorted keys and no spaces, so that equal data is equal text (DESIGN 3). Keys whose value is undefined are left out. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

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
