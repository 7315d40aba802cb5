import jsonpatch from 'jsonpatch';
import { isRecord } from '../core/canonical-json.ts';
import type { Problem } from '../core/problem.ts';
import type { JsonPatch, PatchOperation } from './json-patch.ts';
import { mutate, type ReviewedObjects } from './mutate.ts';
import { type ValidationContext, validate } from './validate.ts';
import { validateService } from './validate-service.ts';

/** The library's types leave its constructor out; `mutate`: write to the document that is given. */
type PatchConstructor = new (
  patch: readonly PatchOperation[],
  mutate: boolean,
) => { apply(document: unknown): unknown };

const { JSONPatch } = jsonpatch as unknown as { readonly JSONPatch: PatchConstructor };

/** What comes of one review: what would be stored, or why it is not. */
export type Admission = {
  /** The object with the patch applied. */
  readonly object: unknown;
  readonly patch: JsonPatch;
  /** Empty: admitted. */
  readonly denials: readonly Problem[];
  readonly warnings: readonly string[];
};

/**
 * A copy of whatever a patch of ours writes to. The library's own copy loses a member named `__proto__`, which
 * is an author's like any other.
 */
const writableCopy = (object: unknown): unknown => {
  if (!isRecord(object)) return object;
  const { metadata, spec } = object;
  return {
    ...object,
    ...(isRecord(metadata) ? { metadata: { ...metadata, ...copiedMember(metadata, 'annotations') } } : {}),
    ...(isRecord(spec) ? { spec: { ...spec, ...copiedMember(spec, 'rules') } } : {}),
  };
};

const copiedMember = (
  fields: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> => {
  const value = fields[name];
  if (Array.isArray(value)) return { [name]: value.map(item => (isRecord(item) ? { ...item } : item)) };
  return isRecord(value) ? { [name]: { ...value } } : {};
};

const patched = (object: unknown, patch: JsonPatch): unknown =>
  patch.length === 0 ? object : new JSONPatch(patch, true).apply(writableCopy(object));

/** Both halves of admission in the API server's order: mutate, apply the patch, validate the final object. A Service is only validated. */
export const admit = (reviewed: ReviewedObjects, context: ValidationContext): Admission => {
  if (isRecord(reviewed.object) && reviewed.object.kind === 'Service')
    return { object: reviewed.object, patch: [], ...validateService(reviewed, context) };
  const { patch, warnings } = mutate(reviewed, {
    options: context.options,
    ingressClasses: context.view.ingressClasses,
  });
  const object = patched(reviewed.object, patch);
  const validation = validate({ ...reviewed, object }, context);
  return { object, patch, denials: validation.denials, warnings: [...warnings, ...validation.warnings] };
};
