/** Longer words are no slips of a known name, and the distance costs the square of the length. */
const MAX_WORD_LENGTH = 32;

const editDistance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
};

/** `did you mean "header"?` where a known name is near enough to be what was meant; undefined otherwise. */
export const nearestOf = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > MAX_WORD_LENGTH) return undefined;
  const [best] = known
    .map(candidate => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.min(2, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return best === undefined ? undefined : `did you mean ${JSON.stringify(best.candidate)}?`;
};
