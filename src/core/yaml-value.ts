import { isAlias, isScalar, type Node, parseDocument, visit } from 'yaml';
import { isTooDeep } from './canonical-json.ts';

/** Longest YAML or JSON that is read from one annotation, in bytes. */
const MAX_BYTES = 64 * 1024;

export type YamlValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').replace(/ at line .*$/, '');

const hasReference = (node: Node | null): boolean => {
  let found = false;
  visit(node, (_key, part) => {
    if (isAlias(part) || (isScalar(part) && part.anchor !== undefined)) found = true;
    return found ? visit.BREAK : undefined;
  });
  return found;
};

const readText = (text: string): YamlValue => {
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'silent', prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const place = at === undefined ? '' : ` at line ${at.line}, column ${at.col}`;
    return { ok: false, message: `is neither JSON nor YAML: ${firstLine(error.message)}${place}.` };
  }
  if (hasReference(document.contents))
    return { ok: false, message: 'uses YAML anchors or aliases; write the value out.' };
  // Through JSON: dates, maps with odd keys and the like become plain data, and `__proto__` stays a key.
  const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 0 })) ?? 'null');
  return isTooDeep(value) ? { ok: false, message: 'nests too deeply.' } : { ok: true, value };
};

/**
 * The value of a JSON or YAML text in an annotation: one document, no aliases (they would let a few bytes
 * stand for gigabytes), no duplicate keys (two readers would see two values).
 */
export const parseYamlValue = (text: string): YamlValue => {
  if (Buffer.byteLength(text, 'utf8') > MAX_BYTES)
    return { ok: false, message: `is longer than ${MAX_BYTES} bytes.` };
  try {
    return readText(text);
  } catch (error) {
    // The library recurses: a few thousand opening brackets are enough to overflow its stack.
    const reason =
      error instanceof RangeError
        ? 'it nests too deeply'
        : error instanceof Error
          ? firstLine(error.message)
          : String(error);
    return { ok: false, message: `cannot be read: ${reason}.` };
  }
};
