import { isRecord } from '../../core/canonical-json.ts';
import { failed, type Result } from '../../core/problem.ts';
import type { Kind, Named, ObjectRef } from '../kind.ts';

/** What every object says of itself, whether or not the rest of it can be read. */
export type Identity = ObjectRef & {
  readonly uid: string;
  /** Empty: it is not stored, but what a dry run would have stored. */
  readonly resourceVersion: string;
  readonly generation: number | null;
};

/** An object as it came in: who it is, and what our parser makes of it. */
export type Incoming<T> = Identity & { readonly parsed: Result<T> };

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** How new an object or bookmark is; null where it does not say. */
export const resourceVersionOf = (json: unknown): string | null => {
  const metadata = isRecord(json) && isRecord(json.metadata) ? json.metadata : null;
  return textOf(metadata?.resourceVersion) || null;
};

/** Null for something that names no object: it could neither be stored nor be forgotten. */
export const identityOf = (json: unknown): Identity | null => {
  const metadata = isRecord(json) && isRecord(json.metadata) ? json.metadata : null;
  if (metadata === null) return null;
  const name = textOf(metadata.name);
  if (name === '') return null;
  return {
    namespace: textOf(metadata.namespace),
    name,
    uid: textOf(metadata.uid),
    resourceVersion: textOf(metadata.resourceVersion),
    generation: typeof metadata.generation === 'number' ? metadata.generation : null,
  };
};

/**
 * A parser that throws has a bug, and one object in the cluster has found it. It is then that object which cannot
 * be read; a router that dies of it, starts and dies again would take all others down too.
 */
const parseWhole = <T extends Named>(kind: Kind<T>, json: unknown): Result<T> => {
  try {
    return kind.parse(json);
  } catch (error) {
    return failed({ code: 'ObjectInvalid', field: '(root)', message: `cannot be read: ${String(error)}` });
  }
};

/** Reads one object; items of a list do not repeat the list's apiVersion and kind. Null: it names no object. */
export const readIncoming = <T extends Named>(
  kind: Kind<T>,
  apiVersion: string,
  json: unknown,
): Incoming<T> | null => {
  const identity = identityOf(json);
  if (identity === null || !isRecord(json)) return null;
  const whole = json.kind === undefined ? { ...json, apiVersion, kind: kind.name } : json;
  return { ...identity, parsed: parseWhole(kind, whole) };
};
