/**
 * The path that a problem's field spells (`spec.rules[0].host`, `metadata.annotations[sluice.dev/tickets][1].to`),
 * as far as it leads into the written object: an annotation is text, so what follows its name stays behind.
 */
export const fieldPath = (field: string): readonly (string | number)[] => {
  const path: (string | number)[] = [];
  for (const [, name, index] of field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(/^\d+$/.test(index) ? Number(index) : index);
    if (path.length === 3 && path[0] === 'metadata' && path[1] === 'annotations') break;
  }
  return path;
};
