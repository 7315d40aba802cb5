import jsonpatch from 'jsonpatch';
import type { Problem } from '../core/problem.ts';
import type { JsonPatch } from './json-patch.ts';
import { mutate, type ReviewedObjects } from './mutate.ts';
import { type ValidationContext, validate } from './validate.ts';

/** What comes of one review: what would be stored, or why it is not. */
export type Admission = {
  /** The object with the patch applied. */
  readonly object: unknown;
  readonly patch: JsonPatch;
  /** Empty: admitted. */
  readonly denials: readonly Problem[];
  readonly warnings: readonly string[];
};

/** Both halves of admission in the API server's order: mutate, apply the patch, validate the final object. */
export const admit = (reviewed: ReviewedObjects, context: ValidationContext): Admission => {
  const { patch, warnings } = mutate(reviewed, {
    options: context.options,
    ingressClasses: context.view.ingressClasses,
  });
  // apply_patch copies what it changes, so the reviewed object stays as it was sent.
  const object: unknown =
    patch.length === 0 ? reviewed.object : jsonpatch.apply_patch(reviewed.object, [...patch]);
  const validation = validate({ object, oldObject: reviewed.oldObject }, context);
  return { object, patch, denials: validation.denials, warnings: [...warnings, ...validation.warnings] };
};
