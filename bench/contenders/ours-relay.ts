import { type Relay, relayPorts } from '../job.ts';

/** Services that ask for a TCP port each; they select the pods of the job's stable tracks. */
export const relayManifests = (namespace: string, spec: Relay): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: relayPorts(spec).map(({ pool, port }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: `relay-${pool}`,
        namespace,
        annotations: { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': `${port}:80` },
      },
      spec: {
        selector: { app: pool, track: 'stable' },
        ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      },
    })),
  });
