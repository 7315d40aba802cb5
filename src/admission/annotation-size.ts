/** What the API server stores of all annotations of an object, keys and values together (`apimachinery/pkg/api/validation`). */
export const MAX_ANNOTATION_BYTES = 256 * 1024;

const bytesOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name, 'utf8') + Buffer.byteLength(value, 'utf8'),
    0,
  );

/**
 * Warns where the annotations fit without ours and no longer with them: the API server then refuses the object for
 * its annotations, and its author has never seen so many.
 */
export const sizeWarnings = (
  before: Readonly<Record<string, string>>,
  changes: ReadonlyMap<string, string | null>,
): readonly string[] => {
  const names = [...new Set([...Object.keys(before), ...changes.keys()])];
  const after = Object.fromEntries(
    names.flatMap(name => {
      const value = changes.has(name) ? changes.get(name) : before[name];
      return value === undefined || value === null ? [] : [[name, value] as const];
    }),
  );
  const own = bytesOf(before);
  const whole = bytesOf(after);
  if (own > MAX_ANNOTATION_BYTES || whole <= MAX_ANNOTATION_BYTES) return [];
  return [
    `metadata.annotations: ${own} bytes of yours and ${whole - own} that admission adds are more than the ${MAX_ANNOTATION_BYTES} that the API server stores; shorten yours.`,
  ];
};
