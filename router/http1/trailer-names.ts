import { FIELD, fieldKind } from './field-kind.ts';

/** Fields that say who asks or how content is read have no business behind the content (RFC 9110 6.5.1, P16, S10). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set(
  (
    'authorization cookie set-cookie www-authenticate cache-control content-encoding content-range content-type ' +
    'trailer max-forwards pragma range expires location retry-after vary if-match if-none-match'
  ).split(' '),
);

/** False for a field that somebody could take for one of the head. `name` is in lower case. */
export const mayBeTrailer = (name: string): boolean =>
  fieldKind(name, 0, name.length) === FIELD.other && !NOT_IN_TRAILERS.has(name);
