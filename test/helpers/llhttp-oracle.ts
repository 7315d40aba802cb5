import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { duplexPair } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

const TURNS = 6;

/** One request as a parser understood it. */
export type ReadRequest = {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value, as sent. */
  readonly fields: readonly string[];
  readonly body: string;
};

/** What Node's own parser (strict llhttp) makes of one connection's bytes: the complete requests before the first error. */
export const llhttpReads = async (input: string): Promise<readonly ReadRequest[]> => {
  const complete: ReadRequest[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString('latin1');
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      complete.push({ method, target: url, fields: rawHeaders, body });
      response.end();
    });
  };
  const server = createServer(
    { insecureHTTPParser: false, maxHeaderSize: 65_536, keepAliveTimeout: 0 },
    onRequest,
  );
  // Another expectation than 100-continue is Node's business, not the parser's.
  server.on('checkExpectation', onRequest);
  // Not closed here: requests that were complete before the error are still being delivered.
  server.on('clientError', () => undefined);
  const [client, connection] = duplexPair();
  const closed = new Promise(resolve => connection.once('close', resolve));
  client.on('error', () => undefined);
  connection.on('error', () => undefined);
  client.resume();
  server.emit('connection', connection);
  client.write(Buffer.from(input, 'latin1'));
  // All of it happens in ticks of this process: the server must be through before it sees an end, or it drops what is complete.
  for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  connection.destroy();
  await closed;
  return complete;
};
