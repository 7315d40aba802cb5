import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { DemoApp, DemoPod } from './demo-pod.ts';

/** Says who answered, so that a person with curl sees which track a request took. */
const answer = (
  { name: pod, app, track }: DemoPod,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  const { method = '', url: path = '', headers } = request;
  const trackHeader = headers['x-sluice-track'] ?? 'none';
  // What was sent is read to its end, so that the connection can be used again.
  request.resume();
  if (headers.accept?.includes('application/json')) {
    response.setHeader('content-type', 'application/json');
    response.end(`${JSON.stringify({ app, track, pod, method, path, trackHeader })}\n`);
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${app} ${track} (pod ${pod}) served ${path}, track header: ${trackHeader}\n`);
};

/** A small web app. */
export const httpApp = (pod: DemoPod): DemoApp => {
  const server = createServer((request, response) => answer(pod, request, response));
  return {
    server,
    stop: () => {
      server.close();
      // An answer that is under way ends first; a keep-alive connection would hold the process for seconds.
      server.closeIdleConnections();
    },
  };
};
