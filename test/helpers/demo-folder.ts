import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { freePort } from './free-port.ts';
import { CHECKOUT } from './run-sluice.ts';
import { tempFolder } from './temp-folder.ts';

export type DemoFolder = {
  readonly path: string;
  /** TCP ports of the router, by those that the example itself has. */
  readonly tcpPorts: ReadonlyMap<number, number>;
};

/** Where a port of this machine is written: one that a pod listens on, and one of the router's for TCP. */
const PORTS = { pod: /(?<=containerPort: )\d+/g, tcp: /(?<=sluice\.dev\/tcp: ")\d+/g } as const;

const replacedPorts = async (
  text: string,
  pattern: RegExp,
  told: (before: number, after: number) => void = () => undefined,
): Promise<string> => {
  const [first = '', ...rest] = text.split(pattern);
  const before = text.match(pattern) ?? [];
  const parts: string[] = [first];
  for (const [at, part] of rest.entries()) {
    const port = await freePort();
    told(Number(before[at]), port);
    parts.push(`${port}${part}`);
  }
  return parts.join('');
};

/** The manifests of an example in a folder of the test, of the same name, on ports that are free. */
export const demoFolder = async (t: ExecutionContext, example = 'taobao'): Promise<DemoFolder> => {
  const path = join(await tempFolder(t), 'examples', example);
  await mkdir(path, { recursive: true });
  const source = join(CHECKOUT, 'examples', example);
  const tcpPorts = new Map<number, number>();
  for (const name of (await readdir(source)).filter(file => file.endsWith('.yaml'))) {
    const text = await replacedPorts(await readFile(join(source, name), 'utf8'), PORTS.pod);
    const replaced = await replacedPorts(text, PORTS.tcp, (before, after) => tcpPorts.set(before, after));
    await writeFile(join(path, name), replaced);
  }
  return { path, tcpPorts };
};
