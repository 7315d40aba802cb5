import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export type SeenRequest = { readonly path: string; readonly headers: IncomingHttpHeaders };

/** A pod on loopback that answers with its name and keeps a record of what it was asked. */
export type CountingBackend = {
  readonly name: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
};

export const countingBackend = async (
  t: ExecutionContext,
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end(name),
): Promise<CountingBackend> => {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    request.resume();
    seen.push({ path: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { name, port: (server.address() as AddressInfo).port, seen };
};
