// What a pod of the examples runs in a cluster: `node pod.ts APP TRACK NAME:PORT…`. In Node alone, since it comes
// from a ConfigMap (examples/README.md); its name is that of its machine.
import { hostname } from 'node:os';
import type { DemoPod } from './demo-pod.ts';
import { listen, stopAll } from './listen.ts';

/** Who runs as the first process of a container has to ask for signals. */
const stopWhenAsked = (stop: () => void): void => {
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
};

const [app = '', track = '', ...ports] = process.argv.slice(2);
const pod: DemoPod = {
  name: process.env.HOSTNAME ?? hostname(),
  app,
  track,
  ports: ports.map(text => {
    const [name = '', port] = text.split(':');
    return { name, port: Number(port) };
  }),
};
const results = await listen(pod);
const failures = results.filter(result => 'reason' in result);
for (const { port, reason } of failures) process.stderr.write(`port ${port}: ${reason}\n`);
if (failures.length > 0) process.exit(1);
const listening = results.filter(result => 'app' in result);
stopWhenAsked(() => stopAll(listening));
process.stdout.write(
  `${pod.name} answers: ${listening.map(({ name, port }) => `${name} on ${port}`).join(', ')}\n`,
);
