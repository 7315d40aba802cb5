import type { PolicyOf } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const BODY_SIZE = 'proxy-body-size';

const BYTES_OF_UNIT: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** nginx' sizes: digits and one of k, m, g; `0` is no limit, which is our default. */
export const readBodySize = (reader: AnnotationReader): PolicyOf<'body-size'> | undefined => {
  const text = reader.text(BODY_SIZE);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,12})([kmg]?)$/i.exec(text) ?? [];
  const maxBytes = Number(digits) * (BYTES_OF_UNIT[unit.toLowerCase()] ?? 1);
  if (digits === '' || !Number.isSafeInteger(maxBytes)) {
    reader.refuse(
      BODY_SIZE,
      'must be a number of bytes, or one with k, m or g, such as "8m"; "0" is no limit.',
    );
    return undefined;
  }
  return maxBytes === 0 ? undefined : { kind: 'body-size', maxBytes };
};
