import type { AddressInfo } from 'node:net';
import type { DemoApp, DemoPod } from './demo-pod.ts';
import { httpApp } from './http-app.ts';
import { redisApp } from './redis-app.ts';

/** By the name of a port, what speaks there. */
const APPS: Readonly<Record<string, (pod: DemoPod) => DemoApp>> = { http: httpApp, redis: redisApp };

type Place = { readonly pod: string; readonly name: string; readonly port: number };
export type Listening = Place & { readonly app: DemoApp };
export type Failure = Place & { readonly reason: string };

const listenOn = (
  pod: DemoPod,
  at: DemoPod['ports'][number],
  address?: string,
): Promise<Listening | Failure> => {
  const { name, port } = at;
  const app = APPS[name]?.(pod);
  if (app === undefined) {
    const known = Object.keys(APPS).join(' and ');
    return Promise.resolve({ pod: pod.name, name, port, reason: `its name ${name} is none of ${known}` });
  }
  return new Promise(resolve => {
    app.server.once('error', (cause: NodeJS.ErrnoException) =>
      resolve({ pod: pod.name, name, port, reason: cause.code ?? cause.message }),
    );
    app.server.listen(port, address, () =>
      resolve({ pod: pod.name, name, port: (app.server.address() as AddressInfo).port, app }),
    );
  });
};

/** Opens all ports of a pod, on all addresses of the machine where none is given. */
export const listen = (pod: DemoPod, address?: string): Promise<readonly (Listening | Failure)[]> =>
  Promise.all(pod.ports.map(at => listenOn(pod, at, address)));

/** For a client that keeps a connection busy for ever. */
const STOP_WITHIN_MS = 2_000;

/** Ends all of them and then the process. */
export const stopAll = (listening: readonly Listening[]): void => {
  for (const { app } of listening) app.stop();
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
};
