import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { ExecutionContext } from 'ava';

/** What became of one stream. */
export type Http2Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
  /** What came before the final head. */
  readonly interims: readonly number[];
  /** With which code the stream was closed. */
  readonly code: number;
};

export type Http2Body = string | Buffer | readonly (string | Buffer)[];

/** A real HTTP/2 client of a router in clear (prior knowledge); it is closed with the test. */
export const connectHttp2 = async (t: ExecutionContext, port: number): Promise<ClientHttp2Session> => {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  t.teardown(() => session.destroy());
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve());
    session.once('close', () => reject(new Error('the session closed before it began')));
  });
  return session;
};

/** Sends one request; resolves when its stream has closed, however that came. */
export const askHttp2 = (
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Http2Body,
): Promise<Http2Answer> => {
  const stream = session.request(
    { ':authority': 'a.com', ':path': '/', ...headers },
    { endStream: body === undefined },
  );
  const pieces: Buffer[] = [];
  const interims: number[] = [];
  let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on('headers', interim => interims.push(Number(interim[':status'])));
  stream.on('response', response => {
    head = response;
  });
  stream.on('trailers', lines => {
    trailers = lines;
  });
  stream.on('data', (bytes: Buffer) => pieces.push(bytes));
  stream.on('error', () => undefined);
  const closed = new Promise<Http2Answer>(resolve => {
    stream.on('close', () =>
      resolve({
        status: head[':status'] ?? 0,
        headers: head,
        body: Buffer.concat(pieces),
        trailers,
        interims,
        code: stream.rstCode,
      }),
    );
  });
  if (body !== undefined) {
    for (const piece of typeof body === 'string' || Buffer.isBuffer(body) ? [body] : body)
      stream.write(piece);
    stream.end();
  }
  return closed;
};
