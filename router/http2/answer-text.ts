import type { FieldSection } from './hpack/field-section.ts';
import { HEADER_KIND } from './hpack/header-field.ts';

/** Why an answer is none (RFC 9113 8.1.1): the stream is to be reset with PROTOCOL_ERROR, the client gets 502. */
export type AnswerFault = { readonly kind: 'malformed'; readonly reason: string };

/** An answer's head as HTTP/1.1 text: status line and field lines, without the empty line, as ResponseHead.parse takes it. */
export type AnswerText = { readonly kind: 'text'; readonly text: string };

const malformed = (reason: string): AnswerFault => ({ kind: 'malformed', reason });

const TOO_LARGE = malformed('the field section is too large');
const BAD_STATUS = malformed(':status is missing, or no status of HTTP/2');
const BAD_FIELD = malformed('a field has a name or value that HTTP/2 does not have');

/** 101 has no place in HTTP/2 (RFC 9113 8.6). */
const isStatus = (value: string): boolean => /^[1-9][0-9]{2}$/.test(value) && value !== '101';

/** The text that an HTTP/1.1 backend would have sent. */
export const answerText = (fields: FieldSection): AnswerText | AnswerFault => {
  if (fields.isTooLarge) return TOO_LARGE;
  const status = fields.at(0);
  if (status?.kind !== HEADER_KIND.status || !isStatus(status.value)) return BAD_STATUS;
  let text = `HTTP/1.1 ${status.value} \r\n`;
  for (let at = 1; at < fields.count; at += 1) {
    const field = fields.at(at);
    switch (field?.kind) {
      case HEADER_KIND.ordinary:
      case HEADER_KIND.contentLength:
      case HEADER_KIND.cookie:
        text += field.line;
        break;
      case HEADER_KIND.te:
      case HEADER_KIND.host:
        // They say nothing in an answer.
        break;
      default:
        return BAD_FIELD;
    }
  }
  return { kind: 'text', text };
};
