import type { Result } from '../problem.ts';
import { type FieldReader, parseFields } from './field-reader.ts';
import { readMetadata } from './read-metadata.ts';
import type { Secret } from './secret.ts';

/** The API versions in which a Secret is read. */
export const SECRET_API_VERSIONS = ['v1'] as const;

/** Standard alphabet, padded, line breaks allowed: what the API server's decoder takes. */
const isBase64 = (text: string): boolean => {
  const joined = text.replace(/[\r\n]/g, '');
  return joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined);
};

const readData = (fields: FieldReader): Secret['data'] => {
  const data: Record<string, string> = Object.create(null);
  const encoded = fields.textMap('data', { secret: true });
  for (const [key, value] of Object.entries(encoded)) {
    // No message ever repeats what is in a Secret.
    if (!isBase64(value))
      fields.reportSecret('data', key, 'expected base64; write plain text under stringData instead');
    data[key] = value;
  }
  const plain = fields.textMap('stringData', { secret: true });
  for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(value, 'utf8').toString('base64');
  return data;
};

/** Reads a core/v1 Secret; `stringData` is laid over `data`, as the API server does on writing. */
export const parseSecret = (value: unknown, fileOrder = 0, namespace = 'default'): Result<Secret> =>
  parseFields(value, { kind: 'Secret', apiVersions: SECRET_API_VERSIONS }, fields => ({
    kind: 'Secret',
    metadata: readMetadata(fields, { fileOrder, namespace, scope: 'namespaced', name: 'subdomain' }),
    type: fields.text('type', '') || 'Opaque',
    data: readData(fields),
  }));
