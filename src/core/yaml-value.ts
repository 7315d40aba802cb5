import { type Document, isScalar, LineCounter, type Pair, parseDocument, visit } from 'yaml';
import { isTooDeep } from './canonical-json.ts';
import { shownValue } from './problem.ts';

/** Longest YAML or JSON that is read from one annotation, in bytes. */
const MAX_BYTES = 64 * 1024;

export type YamlValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

const TOO_DEEP = 'nests too deeply; nothing that is read here needs more than a few levels.';

// 'error' and not 'silent', which drops the error about a second document; nothing is printed either way.
// Keys are strings, as in JSON: `1` and `"1"` are one key. The library's own search for duplicates takes seconds
// for 64 KiB of keys, and its error pictures as long for 64 KiB of errors. The schema holds under a %YAML directive
// too, and tags make nothing but JSON: an !!omap would become an empty object.
const PARSE_OPTIONS = {
  schema: 'core',
  resolveKnownTags: false,
  logLevel: 'error',
  prettyErrors: false,
  stringKeys: true,
  uniqueKeys: false,
} as const;

type Fault = { readonly message: string; readonly offset: number | undefined };

const firstLine = (text: string): string => text.split(/[\r\n\u2028\u2029]/, 1)[0] ?? '';

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

const duplicateIn = (pairs: readonly Pair[]): Fault | undefined => {
  const seen = new Set<string>();
  for (const pair of pairs) {
    const key = keyOf(pair);
    if (seen.has(key)) {
      const offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      return { message: `has the key ${shownValue(key)} twice; remove one of them`, offset };
    }
    seen.add(key);
  }
  return undefined;
};

/** What the parser takes and we do not. */
const faultIn = (document: Document): Fault | undefined => {
  let fault: Fault | undefined;
  const stopAt = (found: Fault | undefined): symbol | undefined => {
    fault = found;
    return found === undefined ? undefined : visit.BREAK;
  };
  visit(document, {
    Alias: (_, { range }) =>
      stopAt({ message: 'uses a YAML alias; write the value out', offset: range?.[0] }),
    Map: (_, { items }) => stopAt(duplicateIn(items)),
  });
  return fault;
};

const readText = (text: string): YamlValue => {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...PARSE_OPTIONS, lineCounter });
  const placed = ({ message, offset }: Fault): YamlValue => {
    const at = offset === undefined ? undefined : lineCounter.linePos(offset);
    const place = at === undefined ? '' : ` (line ${at.line}, column ${at.col})`;
    return { ok: false, message: `${message}${place}.` };
  };
  const [error] = document.errors;
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION'))
    return { ok: false, message: TOO_DEEP };
  if (error?.code === 'MULTIPLE_DOCS')
    return placed({ message: 'holds more than one YAML document; keep one', offset: error.pos[0] });
  if (error?.code === 'NON_STRING_KEY')
    return placed({ message: 'has a key that is no plain text; write it in quotes', offset: error.pos[0] });
  if (error !== undefined)
    return placed({ message: `is neither JSON nor YAML: ${firstLine(error.message)}`, offset: error.pos[0] });
  const fault = faultIn(document);
  if (fault !== undefined) return placed(fault);
  // Through JSON: dates, maps with odd keys and the like become plain data, and `__proto__` stays a key.
  const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 0 })) ?? 'null');
  return isTooDeep(value) ? { ok: false, message: TOO_DEEP } : { ok: true, value };
};

/**
 * The value of a JSON or YAML text in an annotation: one document, no aliases (they would let a few bytes
 * stand for gigabytes), no duplicate keys (two readers would see two values).
 */
export const parseYamlValue = (text: string): YamlValue => {
  if (Buffer.byteLength(text, 'utf8') > MAX_BYTES)
    return { ok: false, message: `is longer than ${MAX_BYTES} bytes; shorten it.` };
  try {
    return readText(text);
  } catch (error) {
    // The library recurses: a few thousand opening brackets are enough to overflow its stack.
    if (error instanceof RangeError) return { ok: false, message: TOO_DEEP };
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `is neither JSON nor YAML: ${firstLine(reason)}.` };
  }
};
