/** One whole answer, as a client that knows its request reads it. */
export type ReadAnswer = {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  readonly length: number;
};

const chunkedBody = (text: string): { readonly body: string; readonly length: number } | undefined => {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (end > text.length) return undefined;
    if (size === 0) return { body, length: end };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = end;
  }
};

/** The first final answer of `text` to a request of `method`, with what came of 1xx before it; undefined while it is not whole. */
export const firstAnswer = (text: string, method: string): ReadAnswer | undefined => {
  let start = 0;
  for (;;) {
    const headEnd = text.indexOf('\r\n\r\n', start);
    if (headEnd === -1) return undefined;
    const head = text.slice(start, headEnd + 2);
    const status = Number(head.slice(9, 12));
    const at = headEnd + 4;
    if (status >= 200) {
      if (method === 'HEAD' || status === 204 || status === 304)
        return { status, head, body: '', length: at };
      if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
        const chunked = chunkedBody(text.slice(at));
        return chunked && { status, head, body: chunked.body, length: at + chunked.length };
      }
      const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 'NaN');
      if (Number.isNaN(length)) throw new Error(`an answer without length: ${JSON.stringify(head)}`);
      const end = at + length;
      return text.length < end ? undefined : { status, head, body: text.slice(at, end), length: end };
    }
    start = at;
  }
};
