import type { Json } from '../core/canonical-json.ts';

/** One RFC 6902 operation; `add` on an existing member replaces it (RFC 6902 4.1), so no `replace` is needed. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

export type JsonPatch = readonly PatchOperation[];

/** One reference token of a JSON pointer (RFC 6901 3): `~` and `/` escaped. */
const token = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

export const pointer = (...tokens: readonly (string | number)[]): string =>
  tokens.map(part => `/${token(String(part))}`).join('');
