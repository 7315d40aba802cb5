import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';

export type PodStream = ServerHttp2Stream;

/** A real HTTP/2 backend in clear: what its streams do is up to the test. */
export type Http2Pod = {
  readonly port: number;
  /** One for each connection, in their order. */
  readonly sessions: readonly ServerHttp2Session[];
  /** The heads of all requests, in the order of their coming. */
  readonly heads: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
};

export type PodOptions = {
  readonly settings?: Settings;
  readonly onStream: (stream: ServerHttp2Stream, head: IncomingHttpHeaders, nth: number) => void;
};

/** Collects what a client sends until it has ended its direction. */
export const bodyOf = (stream: ServerHttp2Stream): Promise<Buffer> =>
  new Promise(resolve => {
    const pieces: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => pieces.push(bytes));
    stream.on('end', () => resolve(Buffer.concat(pieces)));
  });

const listening = (server: Http2Server): Promise<number> =>
  new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });

/** Takes over a server that has not begun to listen. */
export const startPod = async (server: Http2Server, { onStream }: PodOptions): Promise<Http2Pod> => {
  const sessions: ServerHttp2Session[] = [];
  const heads: IncomingHttpHeaders[] = [];
  server.on('session', session => {
    session.on('error', () => undefined);
    sessions.push(session);
  });
  server.on('sessionError', () => undefined);
  server.on('stream', (stream: ServerHttp2Stream, head: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    heads.push(head);
    onStream(stream, head, heads.length - 1);
  });
  return {
    port: await listening(server),
    sessions,
    heads,
    close: () =>
      new Promise(resolve => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
};

export const startHttp2Pod = (options: PodOptions): Promise<Http2Pod> =>
  startPod(createServer(options.settings === undefined ? {} : { settings: options.settings }), options);
