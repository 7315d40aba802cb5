import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';

/** One document of a YAML stream, as plain data that remembers where it stood. */
export type YamlDocument = {
  /** Its place in the file, from 1 as people count; empty documents count too. */
  readonly index: number;
  /** Line of its first node, from 1. */
  readonly line: number;
  readonly value: unknown;
  /** Line of the node at that path, or of its nearest ancestor that is there. */
  lineOf(path: readonly (string | number)[]): number;
};

/** One thing that keeps a document from being read. */
export type YamlError = {
  readonly document: number;
  readonly line: number;
  readonly column: number;
  /** One line of text, without a picture of the code. */
  readonly message: string;
};

export type YamlDocuments = {
  readonly documents: readonly YamlDocument[];
  readonly errors: readonly YamlError[];
};

type Source = { readonly text: string; readonly lines: LineCounter };

/** A document's nodes, with the source that they stand in. */
type Parsed = { readonly document: Document; readonly source: Source };
type Fault = { readonly code: string; readonly message: string; readonly pos: readonly [number, number] };

/** Aliases that one anchor may come to, those inside of aliases multiplied: ten lines can spell a billion strings. */
const MAX_ALIASES = 100;

/** No Kubernetes object comes near; what is deeper would end the stack of whoever walks it next. */
const MAX_DEPTH = 100;

/** More errors than a person reads at once. */
const MAX_FAULTS = 20;

// Depending on the depth, the parser throws it or reports it as an error of the document.
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

// The parser resolves `<<` because kubectl does; the rest is YAML 1.2, of which JSON is a part.
const PARSE_OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: true,
  uniqueKeys: true,
  strict: true,
  prettyErrors: false,
  logLevel: 'error',
} as const;

const oneLine = (text: string): string =>
  text
    .replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
    .slice(0, 300);

/** The parser's own words, but where they do not say what to write instead. */
const faultMessage = ({ code, message, pos }: Fault, { text }: Source): string => {
  switch (code) {
    case 'DUPLICATE_KEY': {
      const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(pos[0], pos[0] + 200))?.[0] ?? '';
      return oneLine(`the key ${key} stands twice in one map: keep one of them`);
    }
    case 'TAB_AS_INDENT':
      return 'a tab is used as indentation: write spaces';
    case 'TAG_RESOLVE_FAILED':
      return oneLine(`${message}: leave the tag out, plain YAML 1.2 and JSON are read`);
    case 'UNEXPECTED_TOKEN':
      return message.endsWith('at node end')
        ? 'text follows where the value has ended: mend the indentation, or start another document with a line ---'
        : oneLine(message);
    default:
      return message === STACK_OVERFLOW ? TOO_DEEP.message : oneLine(message);
  }
};

const parseNodes = (text: string): { readonly documents: readonly Document[]; readonly source: Source } => {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...PARSE_OPTIONS, lineCounter: lines });
  // A stream without any document may still hold faults, of a directive for one.
  return { documents: 'empty' in parsed ? [] : parsed, source: { text, lines } };
};

const nodeLine = (node: unknown, { lines }: Source): number | null => {
  const start = (node as Node | null)?.range?.[0];
  return start === undefined ? null : lines.linePos(start).line;
};

/** The child of a collection and the line on which its author would look for it: that of its key. */
const childOf = (
  node: unknown,
  segment: string | number,
  source: Source,
): { node: unknown; line: number | null } | null => {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
    return pair === undefined ? null : { node: pair.value, line: nodeLine(pair.key, source) };
  }
  if (isSeq(node) && typeof segment === 'number') {
    const item = node.items[segment];
    return item === undefined ? null : { node: item, line: nodeLine(item, source) };
  }
  return null;
};

/**
 * Lines are asked for where something is wrong. Until then only the text is kept: the nodes of 100,000 objects take
 * 2 GB, and to parse the text once more tells them.
 */
const lineLookup = (parsed: Parsed, at: number, firstLine: number): YamlDocument['lineOf'] => {
  const { text } = parsed.source;
  let known = new WeakRef(parsed);
  const current = (): Parsed => {
    const kept = known.deref();
    if (kept !== undefined) return kept;
    const { documents, source } = parseNodes(text);
    const document = documents[at];
    if (document === undefined) throw new Error('a text that held a document does no longer');
    const again = { document, source };
    known = new WeakRef(again);
    return again;
  };
  return path => {
    const { document, source } = current();
    let node: unknown = document.contents;
    let line = firstLine;
    for (const segment of path) {
      if (isAlias(node)) node = node.resolve(document);
      const child = childOf(node, segment, source);
      if (child === null) break;
      node = child.node;
      line = child.line ?? line;
    }
    return line;
  };
};

type Path = readonly (string | number)[];
type ValueFault = { readonly path: Path; readonly message: string };

const TOO_DEEP: ValueFault = { path: [], message: 'it is nested too deeply' };

/** Looks for what JSON cannot hold, where a value is built; a value is looked at once however often it is aliased. */
class JsonCheck {
  readonly #above = new Set<object>();
  readonly #done = new Set<object>();

  fault(value: unknown, path: Path = []): ValueFault | null {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return { path, message: 'a number that is infinite or none at all: write a finite one' };
    }
    if (typeof value !== 'object' || value === null || this.#done.has(value)) return null;
    if (this.#above.has(value)) return { path, message: 'an alias stands inside of its own anchor' };
    if (path.length > MAX_DEPTH) return TOO_DEEP;
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
      return { path, message: 'a tagged value that JSON does not know: write plain text, lists and maps' };
    }
    this.#above.add(value);
    const fault = this.#childFault(value, path);
    this.#above.delete(value);
    this.#done.add(value);
    return fault;
  }

  #childFault(value: object, path: Path): ValueFault | null {
    for (const [key, child] of Object.entries(value)) {
      const fault = this.fault(child, [...path, Array.isArray(value) ? Number(key) : key]);
      if (fault !== null) return fault;
    }
    return null;
  }
}

type Value =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: ValueFault };

/** Plain data of a document; an alias can only fail here, because it is resolved here. */
const plainValue = (document: Document): Value => {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const fault = new JsonCheck().fault(value);
    return fault === null ? { ok: true, value } : { ok: false, fault };
  } catch (cause) {
    if (cause instanceof RangeError) return { ok: false, fault: TOO_DEEP };
    if (!(cause instanceof Error)) throw cause;
    const message = cause.message.startsWith('Excessive alias count')
      ? `its aliases come to more than ${MAX_ALIASES}: write the values out`
      : oneLine(cause.message);
    return { ok: false, fault: { path: [], message } };
  }
};

/** The first fault, and duplicate keys: all others follow from the first one. */
const tellingFaults = (document: Document): readonly Fault[] =>
  [...document.errors, ...document.warnings].filter(
    ({ code }, at) => at === 0 || (code === 'DUPLICATE_KEY' && at < MAX_FAULTS),
  );

const readDocument = (document: Document, at: number, source: Source): YamlDocuments => {
  const index = at + 1;
  const faults = tellingFaults(document);
  if (faults.length > 0) {
    const errors = faults.map(fault => {
      const { line, col } = source.lines.linePos(fault.pos[0]);
      return { document: index, line, column: col, message: faultMessage(fault, source) };
    });
    return { documents: [], errors };
  }
  // An empty document has no node, and what stands at its end is of no interest.
  const { line, col } = source.lines.linePos(document.contents?.range?.[0] ?? 0);
  const lineOf = lineLookup({ document, source }, at, line);
  const read = plainValue(document);
  if (!read.ok) {
    const { path, message } = read.fault;
    const error = { document: index, line: lineOf(path), column: path.length === 0 ? col : 1, message };
    return { documents: [], errors: [error] };
  }
  if (read.value === null) return { documents: [], errors: [] };
  return { documents: [{ index, line, value: read.value, lineOf }], errors: [] };
};

/**
 * Reads a stream of YAML 1.2 or JSON documents; a document that cannot be read becomes errors beside the
 * others, an empty one is left out (yaml.org/spec/1.2.2, core schema).
 */
export const parseYamlDocuments = (text: string): YamlDocuments => {
  try {
    const { documents, source } = parseNodes(text);
    const results = documents.map((document, at) => readDocument(document, at, source));
    return {
      documents: results.flatMap(({ documents }) => documents),
      errors: results.flatMap(({ errors }) => errors),
    };
  } catch (cause) {
    // The parser recurses: some kilobytes of `[` reach the end of the stack.
    if (!(cause instanceof RangeError)) throw cause;
    return { documents: [], errors: [{ document: 1, line: 1, column: 1, message: TOO_DEEP.message }] };
  }
};
