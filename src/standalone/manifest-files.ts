import { resolve } from 'node:path';
import { isRecord } from '../core/canonical-json.ts';
import { parseYamlDocuments, type YamlDocument, type YamlError } from './yaml-documents.ts';

/** Where an object was read: a file, the document in it from 1, and the line of that document or list item. */
export type ManifestOrigin = { readonly file: string; readonly document: number; readonly line: number };

/** Place among all manifests: by resolved path of the file, then by place in it (DESIGN 7). */
export type ManifestRank = { readonly file: string; readonly index: number };

/** One object of a manifest, still as its author wrote it. */
export type Manifest = {
  readonly origin: ManifestOrigin;
  readonly rank: ManifestRank;
  /** A map with text in `apiVersion` and `kind`; all else is for its parser to judge. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Line of the field at that path from the object's root, or of its nearest ancestor that is there. */
  lineOf(path: readonly (string | number)[]): number;
};

/** What keeps a file or a document in it from being read. */
export type ManifestError = {
  readonly file: string;
  readonly document: number | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
};

/** One file as it was read: whole, or not at all. */
export type ManifestFile = {
  /** The given path that led to it: itself or its folder. */
  readonly root: string;
} & (
  | { readonly ok: true; readonly manifests: readonly Manifest[]; readonly isBlank: boolean }
  | { readonly ok: false; readonly errors: readonly ManifestError[] }
);

/** Files by path in order of path; a given path that cannot be read at all stands under itself. */
export type ManifestSet = { readonly files: ReadonlyMap<string, ManifestFile> };

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const compareRank = (a: ManifestRank, b: ManifestRank): number =>
  compareText(a.file, b.file) || a.index - b.index;

/**
 * True for a name that is read in a folder (`kubectl apply -f DIR`); what editors leave beside a file (`x.yaml~`,
 * `#x.yaml#`, `.x.yaml.swp`, `.#x.yaml`) ends otherwise or is hidden.
 */
export const isManifestName = (name: string): boolean =>
  /\.(?:yaml|yml|json)$/.test(name) && !/^[.#]/.test(name);

const inDocument = (file: string, { document, line, column, message }: YamlError): ManifestError => ({
  file,
  document,
  line,
  column,
  message,
});

/** `file:line:column: document 2: message`: the form in which people meet an error in a manifest, and editors follow it. */
export const formatManifestError = ({ file, document, line, column, message }: ManifestError): string => {
  const place = [file, line, column].filter(part => part !== null).join(':');
  return `${place}: ${document === null ? '' : `document ${document}: `}${message}`;
};

type Unranked = Omit<Manifest, 'rank'>;
type Flattened = { readonly manifests: readonly Unranked[]; readonly errors: readonly YamlError[] };

const shapeFault = (value: unknown): string | null => {
  if (!isRecord(value)) {
    const found = Array.isArray(value) ? 'a list' : 'a plain value';
    return `${found} instead of an object: write a map with apiVersion, kind and metadata`;
  }
  const missing = ['apiVersion', 'kind'].filter(key => typeof value[key] !== 'string' || value[key] === '');
  if (missing.length > 0) return `${missing.join(' and ')} of the object is missing or no text: write it`;
  if (value.kind === 'List' && value.apiVersion === 'v1' && !Array.isArray(value.items)) {
    return 'a List without a list in items: write items: [] or leave it out';
  }
  return null;
};

/** One object, or those in a `kind: List` (as `kubectl get -o yaml` prints several), however often it is nested. */
const flatten = (
  file: string,
  document: YamlDocument,
  path: readonly (string | number)[] = [],
): Flattened => {
  const value = path.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown>)[key],
    document.value,
  );
  const line = path.length === 0 ? document.line : document.lineOf(path);
  const fault = shapeFault(value);
  if (fault !== null || !isRecord(value)) {
    const error = { document: document.index, line, column: 1, message: fault ?? '' };
    return { manifests: [], errors: [error] };
  }
  if (value.kind === 'List' && value.apiVersion === 'v1' && Array.isArray(value.items)) {
    const parts = value.items.map((_, at) => flatten(file, document, [...path, 'items', at]));
    return { manifests: parts.flatMap(part => part.manifests), errors: parts.flatMap(part => part.errors) };
  }
  const origin = { file, document: document.index, line };
  const lineOf: Manifest['lineOf'] = field => document.lineOf([...path, ...field]);
  return { manifests: [{ origin, value, lineOf }], errors: [] };
};

/** The objects in the text of a manifest file, or everything that is wrong with it. */
export const parseManifests = (file: string, text: string, root: string = file): ManifestFile => {
  const { documents, errors } = parseYamlDocuments(text);
  const flattened = documents.map(document => flatten(file, document));
  const faults = [...errors, ...flattened.flatMap(part => part.errors)].sort(
    (a, b) => a.document - b.document || a.line - b.line,
  );
  if (faults.length > 0) return { root, ok: false, errors: faults.map(fault => inDocument(file, fault)) };
  const path = resolve(file);
  const manifests = flattened
    .flatMap(part => part.manifests)
    .map((manifest, index) => ({ ...manifest, rank: { file: path, index } }));
  return { root, ok: true, manifests, isBlank: text.trim() === '' };
};

/**
 * What is in force once `current` was read: a broken file, and the files of a path that is not there, keep
 * what they last held; the rest is as it stands now. Holds no errors.
 */
export const keepLastGood = (inForce: ManifestSet, current: ManifestSet): ManifestSet => {
  const lost = new Set(
    [...current.files].filter(([path, file]) => !file.ok && path === file.root).map(([path]) => path),
  );
  const kept = [...inForce.files].filter(
    ([path, file]) => current.files.get(path)?.ok === false || lost.has(file.root),
  );
  const good = [...current.files].filter(([, file]) => file.ok);
  const merged = [...new Map([...kept, ...good])]
    .map(([path, file]) => ({ path, file, place: resolve(path) }))
    .sort((a, b) => compareText(a.place, b.place));
  return { files: new Map(merged.map(({ path, file }) => [path, file])) };
};

/** Every error of a set, in order. */
export const manifestErrors = ({ files }: ManifestSet): readonly ManifestError[] =>
  [...files.values()].flatMap(file => (file.ok ? [] : file.errors));

/** Every object of the files that could be read, in order. */
export const rankedManifests = ({ files }: ManifestSet): readonly Manifest[] =>
  [...files.values()]
    .flatMap(file => (file.ok ? file.manifests : []))
    .sort((a, b) => compareRank(a.rank, b.rank));
