// Plays the pods of pods.yaml: one small HTTP server for each, all in this process.
// `node apps.ts [pods.yaml]`; forked, it sends its parent {listening: [{pod, port}]} once all answer.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAllDocuments } from 'yaml';

type DemoPod = {
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly app: string; readonly track: string };
  };
  readonly spec: {
    readonly containers: readonly { readonly ports: readonly { readonly containerPort: number }[] }[];
  };
  readonly status: { readonly podIP: string };
};

/** For a client that keeps a connection busy for ever. */
const STOP_WITHIN_MS = 2_000;

const readPods = (file: string | URL): readonly DemoPod[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as DemoPod);

/** Says who answered, so that a person with curl sees which track a request took. */
const answer = ({ metadata }: DemoPod, request: IncomingMessage, response: ServerResponse): void => {
  const { name: pod, labels } = metadata;
  const { method = '', url: path = '', headers } = request;
  const trackHeader = headers['x-sluice-track'] ?? 'none';
  // What was sent is read to its end, so that the connection can be used again.
  request.resume();
  if (headers.accept?.includes('application/json')) {
    response.setHeader('content-type', 'application/json');
    response.end(
      `${JSON.stringify({ app: labels.app, track: labels.track, pod, method, path, trackHeader })}\n`,
    );
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${labels.app} ${labels.track} (pod ${pod}) served ${path}, track header: ${trackHeader}\n`);
};

type Listening = { readonly pod: string; readonly port: number; readonly server: Server };
type Failure = { readonly pod: string; readonly port: number; readonly code: string };

const serve = (pod: DemoPod): Promise<Listening | Failure> => {
  const { name } = pod.metadata;
  const port = pod.spec.containers[0]?.ports[0]?.containerPort ?? 0;
  const server = createServer((request, response) => answer(pod, request, response));
  return new Promise(resolve => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      resolve({ pod: name, port, code: cause.code ?? cause.message }),
    );
    server.listen(port, pod.status.podIP, () =>
      resolve({ pod: name, port: (server.address() as AddressInfo).port, server }),
    );
  });
};

/** Why the apps cannot start, in one line however many ports it is about. */
const failureLine = (failures: readonly Failure[]): string => {
  const ports = failures.map(({ pod, port, code }) =>
    code === 'EADDRINUSE' ? `port ${port} (pod ${pod}) is in use` : `port ${port} (pod ${pod}): ${code}`,
  );
  return `demo apps: ${ports.join(', ')}: end the process that holds it, or change containerPort in pods.yaml`;
};

const stopWhenAsked = (servers: readonly Server[]): void => {
  const stop = (): void => {
    for (const server of servers) {
      server.close();
      // An answer that is under way ends first; a keep-alive connection would hold the process for seconds.
      server.closeIdleConnections();
    }
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  // Ctrl-C reaches parent and child at once: while the router drains, its upstreams still have to answer.
  process.on('SIGINT', () => {
    if (!process.connected) stop();
  });
};

const main = async (file: string | URL): Promise<void> => {
  if (!existsSync(file)) {
    process.stderr.write(`demo apps: there is no ${file}: name a folder with a pods.yaml\n`);
    process.exit(1);
  }
  const results = await Promise.all(readPods(file).map(serve));
  const failures = results.filter(result => 'code' in result);
  if (failures.length > 0) {
    process.stderr.write(`${failureLine(failures)}\n`);
    process.exit(1);
  }
  const listening = results.filter(result => 'server' in result);
  stopWhenAsked(listening.map(({ server }) => server));
  process.send?.({ listening: listening.map(({ pod, port }) => ({ pod, port })) });
};

await main(process.argv[2] ?? new URL('pods.yaml', import.meta.url));
