import { readApplied } from '../core/applied.ts';
import type { Scope } from '../core/ingress-scope.ts';
import type { Ingress } from '../core/objects/ingress.ts';

/** What an Ingress is to us (DESIGN 5, "Scope" and "Leaving"). */
export type Standing =
  | { readonly kind: 'ours'; readonly entry: string }
  /** It was ours, and its class says that it no longer is. */
  | { readonly kind: 'leaving' }
  /** It was ours, its class is what it was, and nothing of that name is there any more: nobody asked for it back. */
  | { readonly kind: 'orphaned'; readonly className: string }
  | { readonly kind: 'foreign' };

export const standingOf = (
  ingress: Ingress,
  old: Ingress | null,
  { scope, controllerName }: { readonly scope: Scope; readonly controllerName: string },
): Standing => {
  // An object on its way out only waits for its finalizers; patching it could keep it here.
  if (ingress.metadata.deleting) return { kind: 'foreign' };
  const entry = scope.entryOf(ingress);
  if (entry !== null) return { kind: 'ours', entry };
  // Its class may be ours by an IngressClass that is not known yet: giving it back would undo what is right.
  if (!scope.isComplete) return { kind: 'foreign' };
  const marked = readApplied(ingress.metadata.annotations)?.by === controllerName;
  const wasOurs = old !== null && scope.entryOf(old) !== null;
  if (!marked && !wasOurs) return { kind: 'foreign' };
  const className = scope.missingClassOf(ingress);
  const wasMissing = className !== null && old !== null && scope.missingClassOf(old) === className;
  return wasMissing ? { kind: 'orphaned', className } : { kind: 'leaving' };
};
