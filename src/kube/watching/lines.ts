/** The stream ended where it should not, or holds what it should not. */
export class BrokenStream extends Error {}

const NEWLINE = 0x0a;

/**
 * Whole lines of a stream as text; the parts of one line wait in a list. Throws a `BrokenStream` for a line of
 * more than `maxBytes`, and for a rest without an end: what was cut off is no event.
 */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      size = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxBytes) throw new BrokenStream(`an event of more than ${maxBytes} bytes`);
  }
  if (size > 0) throw new BrokenStream('the stream was cut off within an event');
}
