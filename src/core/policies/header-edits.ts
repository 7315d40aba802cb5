import { REQUEST_HEADERS, RESPONSE_HEADERS } from '../annotation-names.ts';
import { isRecord } from '../canonical-json.ts';
import { shownValue } from '../problem.ts';
import type { HeaderEdits, PolicyOf } from '../route-settings.ts';
import { headerNameProblem, isToken } from '../ticket/reserved-header.ts';
import { parseYamlValue } from '../yaml-value.ts';
import type { AnnotationReader } from './annotation-reader.ts';

/** Names in one annotation, and bytes of one value: a head has to stay one that backends take. */
const MAX_NAMES = 32;
const MAX_VALUE_BYTES = 4096;

/** What frames an answer, ends at this hop, or is the router's own. */
const RESERVED_IN_ANSWERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

const isReservedInAnswer = (name: string): boolean =>
  !isToken(name) || RESERVED_IN_ANSWERS.has(name.toLowerCase()) || name.toLowerCase().startsWith('x-sluice-');

/** Beside those that no ticket may name: the router adds itself to Via, and Expect is between it and the client. */
const isReservedInRequest = (name: string): boolean =>
  headerNameProblem(name) !== undefined || ['via', 'expect', 'max-forwards'].includes(name.toLowerCase());

type Reading = {
  readonly name: string;
  readonly reader: AnnotationReader;
  readonly isReserved: (name: string) => boolean;
};

const acceptedName = (header: string, { name, reader, isReserved }: Reading): boolean => {
  if (!isReserved(header)) return true;
  reader.refuse(
    name,
    `${shownValue(header)} is no header name, or one that the router or the framing of the message needs; use another header.`,
  );
  return false;
};

/** The text of a value; a number or a boolean is what its author typed. */
const valueText = (value: unknown): string | undefined => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || Buffer.byteLength(value, 'utf8') > MAX_VALUE_BYTES) return undefined;
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value) ? undefined : value;
};

const pairsOf = (value: unknown, reading: Reading): readonly (readonly [string, string])[] | undefined => {
  if (value === undefined) return [];
  if (!isRecord(value)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const [header, written] of Object.entries(value)) {
    for (const single of Array.isArray(written) ? written : [written]) {
      const text = valueText(single);
      if (text === undefined) return undefined;
      if (acceptedName(header, reading)) pairs.push([header, text]);
    }
  }
  return pairs;
};

const namesOf = (value: unknown, reading: Reading): readonly string[] | undefined => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(name => typeof name === 'string')) return undefined;
  return value.filter(name => acceptedName(name, reading));
};

const PARTS: ReadonlySet<string> = new Set(['set', 'add', 'remove']);

const editsAt = (reading: Reading): HeaderEdits | undefined => {
  const { name, reader } = reading;
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const parsed = parseYamlValue(text);
  if (!parsed.ok) {
    reader.refuse(name, parsed.message);
    return undefined;
  }
  const value =
    isRecord(parsed.value) && Object.keys(parsed.value).every(part => PARTS.has(part)) ? parsed.value : {};
  const set = pairsOf(value.set, reading);
  const add = pairsOf(value.add, reading);
  const remove = namesOf(value.remove, reading);
  const isRead = set !== undefined && add !== undefined && remove !== undefined;
  const count = isRead ? set.length + add.length + remove.length : 0;
  if (!isRead || value !== parsed.value || count > MAX_NAMES) {
    reader.refuse(
      name,
      `must be {set: {Name: value}, add: {Name: value}, remove: [Name]}, each part optional, at most ${MAX_NAMES} headers; a value is one line of at most ${MAX_VALUE_BYTES} bytes.`,
    );
    return undefined;
  }
  if (count === 0) return undefined;
  const removed = new Set([...set.map(([header]) => header), ...remove].map(header => header.toLowerCase()));
  return { removed: [...removed].sort(), added: [...set, ...add] };
};

/** `sluice.dev/request-headers`: what changes on the way to the backend. */
export const readRequestHeaders = (reader: AnnotationReader): PolicyOf<'request-headers'> | undefined => {
  const edits = editsAt({ name: REQUEST_HEADERS, reader, isReserved: isReservedInRequest });
  return edits === undefined ? undefined : { kind: 'request-headers', ...edits };
};

/** `sluice.dev/response-headers`: what changes on the way back. */
export const readResponseHeaders = (reader: AnnotationReader): PolicyOf<'response-headers'> | undefined => {
  const edits = editsAt({ name: RESPONSE_HEADERS, reader, isReserved: isReservedInAnswer });
  return edits === undefined ? undefined : { kind: 'response-headers', ...edits };
};
