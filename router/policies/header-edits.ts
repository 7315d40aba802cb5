import { utf8Bytes } from '../../src/core/byte-string.ts';
import type { HeaderEdits } from '../../src/core/route-settings.ts';
import type { RouteCheck } from './route-checks.ts';

/** The lines that come to a head, each with its CRLF. */
export const addedLines = ({ added }: HeaderEdits): string =>
  added.map(([name, value]) => `${name}: ${utf8Bytes(value)}\r\n`).join('');

/** `sluice.dev/response-headers`: also of answers that the router gives itself on this route. */
export const responseHeadersCheck = (edits: HeaderEdits): RouteCheck => {
  const lines = addedLines(edits);
  return {
    before: (_, notes) => {
      notes.responseLines += lines;
      return null;
    },
    onAnswer: head => {
      for (const name of edits.removed) head.fields.dropNamed(name);
    },
  };
};
