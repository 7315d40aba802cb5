import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { bindListener } from '../../router/workers/listening-handle.ts';
import { startUp, type TestProcess } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { programPath } from './real-programs.ts';

/** Ports that were free a moment ago. */
export const freePorts = (count: number): readonly number[] => {
  const handles = Array.from({ length: count }, () => bindListener(0, '127.0.0.1'));
  for (const handle of handles) handle.close();
  return handles.map(({ port }) => port);
};

/** Starts a program that is ended with the test; resolves once it takes connections on `port`. */
export const startServer = async (
  t: ExecutionContext,
  { name, args, port }: { readonly name: string; readonly args: readonly string[]; readonly port: number },
): Promise<void> => {
  const child = spawn(programPath(name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const isOpen = (): Promise<boolean> =>
    new Promise(resolve => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  for (let turn = 0; turn < 300; turn += 1) {
    if (await isOpen()) return;
    if (child.exitCode !== null) break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`${name} does not listen: ${output.slice(-2_000)}`);
};

/** Runs a program to its end and gives what it printed; rejects where it failed. */
export const output = (name: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(programPath(name), args, { timeout: 40_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`${name} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error }));
    });
  });

const pod = (track: string, port: number): string => `apiVersion: v1
kind: Pod
metadata:
  name: db-${track}
  namespace: shop
  labels: {app: db, track: ${track}}
spec:
  containers:
    - name: db
      image: example.invalid/db:1
      ports: [{name: db, containerPort: ${port}}]
status:
  phase: Running
  podIP: 127.0.0.1
  podIPs: [{ip: 127.0.0.1}]
  conditions: [{type: Ready, status: "True"}]
`;

export type Manifest = {
  /** Of the router. */
  readonly port: number;
  readonly stable: number;
  /** Null: no edge pod is there. */
  readonly edge: number | null;
  /** As they stand in the annotation. */
  readonly tickets: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

const manifestText = ({ port, stable, edge, tickets, annotations = {} }: Manifest): string => {
  const more = Object.entries(annotations).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  return `apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
  annotations:
    sluice.dev/class: sluice
    sluice.dev/tcp: "${port}:6000"
    sluice.dev/tickets: ${JSON.stringify(tickets)}
${more.join('')}spec:
  selector: {app: db}
  ports: [{name: db, port: 6000, targetPort: db}]
---
${[pod('stable', stable), ...(edge === null ? [] : [pod('edge', edge)])].join('---\n')}`;
};

export type TcpWorld = {
  readonly sluice: TestProcess;
  /** Saves other manifests, and waits until they are in force. */
  save(manifest: Manifest): Promise<void>;
};

/** `sluice up` with one annotated Service, of which an edge pod is beside the stable one. */
export const upWithService = async (
  t: ExecutionContext,
  manifest: Manifest,
  args: readonly string[] = [],
): Promise<TcpWorld> => {
  const folder = await tempFolder(t);
  const file = join(folder, 'db.yaml');
  await writeFile(file, manifestText(manifest));
  const { process: sluice } = await startUp(t, ['-f', folder, '--workers', '2', ...args]);
  return {
    sluice,
    save: async next => {
      const seen = sluice.stdout.split('\n').length;
      await writeFile(file, manifestText(next));
      while (
        !sluice.stdout
          .split('\n')
          .slice(seen - 1)
          .some(line => / read /.test(line))
      )
        await new Promise(resolve => setTimeout(resolve, 50));
    },
  };
};
