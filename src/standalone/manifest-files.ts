import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isRecord } from '../core/canonical-json.ts';
import { parseYamlDocuments, type YamlDocument, type YamlError } from './yaml-documents.ts';

/** Where an object was read: a file, the document in it from 1, and the line of that document or list item. */
export type ManifestOrigin = { readonly file: string; readonly document: number; readonly line: number };

/** One object of a manifest, still as its author wrote it. */
export type Manifest = {
  readonly origin: ManifestOrigin;
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

/** A manifest and its rank among all: by path of the file, then by document (DESIGN 7). */
export type RankedManifest = Manifest & { readonly fileOrder: number };

/** etcd takes 1.5 MiB of one object; whoever hands in more than a few of these gave the wrong file. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/**
 * True for a name that is read in a folder (`kubectl apply -f DIR`); what editors leave beside a file (`x.yaml~`,
 * `#x.yaml#`, `.x.yaml.swp`, `.#x.yaml`) ends otherwise or is hidden.
 */
export const isManifestName = (name: string): boolean =>
  /\.(?:yaml|yml|json)$/.test(name) && !/^[.#]/.test(name);

/** Text in the bytes of a file: UTF-8, as YAML 1.2 and JSON ask, without a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

const failure = (file: string, message: string): ManifestError => ({
  file,
  document: null,
  line: null,
  column: null,
  message,
});

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

const systemMessages: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this process has too many open files',
  EISDIR: 'it has become a folder while it was read',
};

const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && 'code' in cause;

/** What the system says about a path, in words; anything but the system's answer is a bug and thrown on. */
const systemFailure = (file: string, cause: unknown): ManifestError => {
  // Node itself refuses a path with a zero byte.
  if (cause instanceof TypeError && file.includes('\0')) return failure(file, 'a path holds no zero byte');
  if (!isSystemError(cause)) throw cause;
  return failure(file, systemMessages[cause.code ?? ''] ?? `the system says ${cause.code}`);
};

type Flattened = { readonly manifests: readonly Manifest[]; readonly errors: readonly YamlError[] };

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
  return faults.length === 0
    ? { root, ok: true, manifests: flattened.flatMap(part => part.manifests), isBlank: text.trim() === '' }
    : { root, ok: false, errors: faults.map(fault => inDocument(file, fault)) };
};

/** A file found: the path to show, and the given path that led to it. */
type Found = { readonly file: string; readonly root: string };

const notRead = ({ root }: Found, error: ManifestError): ManifestFile => ({
  root,
  ok: false,
  errors: [error],
});

const tooLarge = (bytes: number): string =>
  `it has ${bytes} bytes, more than the ${MAX_FILE_BYTES} that are read: split it`;

const isUndecodable = (cause: unknown): boolean =>
  cause instanceof TypeError && 'code' in cause && cause.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** Null where an entry of a folder is gone again, or is no file. */
const readManifestFile = async (found: Found): Promise<ManifestFile | null> => {
  const { file, root } = found;
  const isGiven = file === root;
  try {
    const stats = await stat(file);
    if (!stats.isFile()) {
      return isGiven ? notRead(found, failure(file, 'it is neither a file nor a folder')) : null;
    }
    if (stats.size > MAX_FILE_BYTES) return notRead(found, failure(file, tooLarge(stats.size)));
    return parseManifests(file, utf8.decode(await readFile(file)), root);
  } catch (cause) {
    if (isUndecodable(cause)) {
      return notRead(found, failure(file, 'its bytes are no UTF-8 text: save it as UTF-8'));
    }
    const error = systemFailure(file, cause);
    return !isGiven && isSystemError(cause) && cause.code === 'ENOENT' ? null : notRead(found, error);
  }
};

const findFiles = async (root: string): Promise<readonly Found[] | ManifestError> => {
  try {
    if (!(await stat(root)).isDirectory()) return [{ file: root, root }];
    const names = (await readdir(root)).filter(isManifestName);
    return names.map(name => ({ file: join(root, name), root }));
  } catch (cause) {
    return systemFailure(root, cause);
  }
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Reads manifests as `kubectl apply -f` finds them: files of any name, and of a folder the `.yaml`, `.yml`
 * and `.json` files in it but not those below. One broken file says so and hides no other (DESIGN 10).
 */
export const readManifests = async (paths: readonly string[]): Promise<ManifestSet> => {
  const entries = new Map<string, readonly [path: string, file: ManifestFile]>();
  for (const root of paths) {
    const found = await findFiles(root);
    if ('message' in found) {
      entries.set(resolve(root), [root, { root, ok: false, errors: [found] }]);
      continue;
    }
    for (const one of found) {
      // A file given twice, by itself and by its folder, is read once.
      if (entries.has(resolve(one.file))) continue;
      const file = await readManifestFile(one);
      if (file !== null) entries.set(resolve(one.file), [one.file, file]);
    }
  }
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b));
  return { files: new Map(sorted.map(([, entry]) => entry)) };
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
  const merged = [...new Map([...kept, ...good])].sort(([a], [b]) => compareText(resolve(a), resolve(b)));
  return { files: new Map(merged) };
};

/** Every error of a set, in order. */
export const manifestErrors = ({ files }: ManifestSet): readonly ManifestError[] =>
  [...files.values()].flatMap(file => (file.ok ? [] : file.errors));

/** Every object of the files that could be read, in order and ranked so. */
export const rankedManifests = ({ files }: ManifestSet): readonly RankedManifest[] =>
  [...files.values()]
    .flatMap(file => (file.ok ? file.manifests : []))
    .map((manifest, fileOrder) => ({ ...manifest, fileOrder }));
