import { mayBeTrailer } from '../http1/trailer-names.ts';
import type { FieldSection } from './hpack/field-section.ts';
import { HEADER_KIND } from './hpack/header-field.ts';

/**
 * Trailers as field lines of HTTP/1.1, without those that could be taken for fields of the head; null if they are
 * malformed (RFC 9113 8.1): the stream is to be reset with PROTOCOL_ERROR.
 */
export const trailerLines = (fields: FieldSection): string | null => {
  if (fields.isTooLarge) return null;
  let lines = '';
  for (let at = 0; at < fields.count; at += 1) {
    const field = fields.at(at);
    switch (field?.kind) {
      case HEADER_KIND.ordinary:
        if (mayBeTrailer(field.name)) lines += field.line;
        break;
      case HEADER_KIND.cookie:
      case HEADER_KIND.te:
      case HEADER_KIND.host:
        break;
      default:
        return null;
    }
  }
  return lines;
};
