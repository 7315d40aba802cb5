// Plays the pods of a pods.yaml: all of them in this process. `node play-pods.ts FOLDER/pods.yaml`; forked, it sends
// its parent {listening: [{pod, name, port}]} once all answer, `name` being that of the port.
import { existsSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { DemoPod } from './pods/demo-pod.ts';
import { type Failure, type Listening, listen, stopAll } from './pods/listen.ts';

type PodManifest = {
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly app: string; readonly track: string };
  };
  readonly spec: {
    readonly containers: readonly {
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
  readonly status: { readonly podIP: string };
};

const readPods = (file: string): readonly PodManifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as PodManifest);

const podOf = ({ metadata: { name, labels }, spec }: PodManifest): DemoPod => ({
  name,
  app: labels.app,
  track: labels.track,
  ports: spec.containers
    .flatMap(({ ports }) => ports)
    .map(port => ({ name: port.name, port: port.containerPort })),
});

/** Why the pods cannot start, in one line however many ports it is about. */
const failureLine = (failures: readonly Failure[]): string => {
  const ports = failures.map(({ pod, port, reason }) =>
    reason === 'EADDRINUSE' ? `port ${port} (pod ${pod}) is in use` : `port ${port} (pod ${pod}): ${reason}`,
  );
  return `demo pods: ${ports.join(', ')}: end the process that holds it, or change containerPort in pods.yaml`;
};

const stopWhenAsked = (listening: readonly Listening[]): void => {
  const stop = (): void => stopAll(listening);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  // Ctrl-C reaches parent and child at once: while the router drains, its upstreams still have to answer.
  process.on('SIGINT', () => {
    if (!process.connected) stop();
  });
};

const main = async (file: string): Promise<void> => {
  if (!existsSync(file)) {
    process.stderr.write(`demo pods: there is no ${file}: name a folder with a pods.yaml\n`);
    process.exit(1);
  }
  const results = (await Promise.all(readPods(file).map(pod => listen(podOf(pod), pod.status.podIP)))).flat();
  const failures = results.filter(result => 'reason' in result);
  if (failures.length > 0) {
    process.stderr.write(`${failureLine(failures)}\n`);
    process.exit(1);
  }
  const listening = results.filter(result => 'app' in result);
  stopWhenAsked(listening);
  process.send?.({ listening: listening.map(({ pod, name, port }) => ({ pod, name, port })) });
};

await main(process.argv[2] ?? '');
