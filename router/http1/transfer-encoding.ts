import { HEAD_FAULT, type HeadFault } from './head-fault.ts';

/** What is wrong with the value of a request's Transfer-Encoding, with the blanks behind it; null for `chunked` alone. */
export const transferEncodingFault = (sent: string): HeadFault | null => {
  const value = sent.toLowerCase();
  if (/^chunked *$/.test(value)) return null;
  // RFC 9112 6.1, 6.3: another coding under one final chunked is 501; without that, or chunked twice, nobody knows the end.
  return /^(?:(?!chunked\b)[a-z][a-z0-9-]*[ \t]*,[ \t]*)+chunked *$/.test(value)
    ? HEAD_FAULT.transferEncoding
    : HEAD_FAULT.framing;
};
