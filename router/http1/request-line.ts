import { CR, isDigit, LF, SPACE } from './characters.ts';
import { byteAt, bytesAre, targetEnd, tokenEnd } from './head-bytes.ts';
import { HEAD_FAULT, type HeadFault } from './head-fault.ts';

const HTTP = Buffer.from('HTTP/', 'latin1');
const HTTP_1_1 = Buffer.from('HTTP/1.1\r\n', 'latin1');
const HTTP_1_0 = Buffer.from('HTTP/1.0\r\n', 'latin1');
const DOT = 0x2e;

/** True for `HTTP/3.0` and the like: another version, not another thing. */
const isVersion = (at: number): boolean =>
  bytesAre(at, HTTP) &&
  isDigit(byteAt(at + 5)) &&
  byteAt(at + 6) === DOT &&
  isDigit(byteAt(at + 7)) &&
  byteAt(at + 8) === CR &&
  byteAt(at + 9) === LF;

/** Where the parts of a request line stand in the head that is loaded (RFC 9112 3); reused for every head. */
export class RequestLine {
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** Position of the first field line. */
  end = 0;
  minorVersion: 0 | 1 = 1;

  /** Single spaces, as strict llhttp asks for. */
  scan(): HeadFault | null {
    const methodEnd = tokenEnd(0);
    if (methodEnd === 0 || byteAt(methodEnd) !== SPACE) return HEAD_FAULT.requestLine;
    const targetStart = methodEnd + 1;
    const end = targetEnd(targetStart);
    if (end === targetStart || byteAt(end) !== SPACE) return HEAD_FAULT.requestLine;
    this.methodEnd = methodEnd;
    this.targetStart = targetStart;
    this.targetEnd = end;
    this.end = end + 11;
    if (bytesAre(end + 1, HTTP_1_1)) this.minorVersion = 1;
    else if (bytesAre(end + 1, HTTP_1_0)) this.minorVersion = 0;
    else return isVersion(end + 1) ? HEAD_FAULT.version : HEAD_FAULT.requestLine;
    return null;
  }
}
