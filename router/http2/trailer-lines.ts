import { mayBeTrailer } from '../http1/trailer-names.ts';
import type { FieldSection } from './hpack/field-section.ts';
import { HEADER_KIND } from './hpack/header-field.ts';

/** False for trailers that are malformed, or too large to be kept (RFC 9113 8.1): they have pseudo-fields, or framing. */
export const areTrailers = (fields: FieldSection): boolean => {
  for (let at = 0; at < fields.count; at += 1) {
    switch (fields.at(at)?.kind) {
      case HEADER_KIND.ordinary:
      case HEADER_KIND.cookie:
      case HEADER_KIND.te:
      case HEADER_KIND.host:
        break;
      default:
        return false;
    }
  }
  return !fields.isTooLarge;
};

/** Trailers as field lines of HTTP/1.1, without those that could be taken for fields of the head; null if they are malformed. */
export const trailerLines = (fields: FieldSection): string | null => {
  if (!areTrailers(fields)) return null;
  let lines = '';
  for (let at = 0; at < fields.count; at += 1) {
    const field = fields.at(at);
    if (field?.kind === HEADER_KIND.ordinary && mayBeTrailer(field.name)) lines += field.line;
  }
  return lines;
};
