/** One media range of Accept: its type in lower case and its weight. */
type MediaRange = { readonly type: string; readonly weight: number };

/** RFC 9110 12.4.2: three digits at most, and never above 1. */
const WEIGHT = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;
const TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** More ranges than any client has; what is behind them is not looked at. */
const MAX_RANGES = 64;

/** `text` in its parts between `separator`, which inside quotes is a character like any other. */
const partsOf = (text: string, separator: string): readonly string[] => {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted && char === '\\') at += 1;
    else if (!isQuoted && char === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.map(part => part.trim());
};

/** A range that is malformed asks for nothing. */
const rangeOf = (text: string): MediaRange | undefined => {
  const [type = '', ...parameters] = partsOf(text, ';');
  if (!TYPE.test(type)) return undefined;
  const weight = parameters.find(parameter => /^q=/i.test(parameter))?.slice(2) ?? '1';
  return WEIGHT.test(weight) ? { type: type.toLowerCase(), weight: Number(weight) } : undefined;
};

/** The weight of `type` by the most specific range that covers it (RFC 9110 12.5.1). */
const weightOf = (type: string, ranges: readonly MediaRange[]): number => {
  for (const covering of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
    const found = ranges.find(range => range.type === covering);
    if (found !== undefined) return found.weight;
  }
  return 0;
};

/** The values of all Accept lines of a head as one list; a head that was refused may hold anything. */
const acceptOf = (headText: string): string =>
  headText
    .split('\r\n')
    .slice(1)
    .filter(line => /^accept:/i.test(line))
    .map(line => line.slice('accept:'.length))
    .join(',');

/**
 * True if who sent this head would rather read JSON than plain text. Asked for error pages alone, so that it costs
 * nothing where all is well. Equal weights go to JSON where it is named: a browser or curl does not.
 */
export const prefersJson = (headText: string): boolean => {
  const ranges = partsOf(acceptOf(headText), ',')
    .slice(0, MAX_RANGES)
    .flatMap(part => rangeOf(part) ?? []);
  const json = weightOf('application/json', ranges);
  const plain = weightOf('text/plain', ranges);
  return (
    json > plain || (json > 0 && json === plain && ranges.some(({ type }) => type === 'application/json'))
  );
};
