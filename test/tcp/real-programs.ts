import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

export type RealProgram = {
  readonly name: string;
  /** Of Debian. */
  readonly packageName: string;
  /** Null: it is not installed. */
  readonly path: string | null;
};

const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

const pathOf = (name: string): string | null => {
  const found = FOLDERS.map(folder => join(folder, name)).find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ?? null;
};

const program = (name: string, packageName: string): RealProgram => ({
  name,
  packageName,
  path: pathOf(name),
});

/** Servers and clients of two protocols: in one the client speaks first, in the other the server. */
export const REAL_PROGRAMS: readonly RealProgram[] = [
  program('redis-server', 'redis-server'),
  program('redis-cli', 'redis-tools'),
  program('redis-benchmark', 'redis-tools'),
  // Without the package of the service: it would begin to run one.
  program('mariadbd', 'mariadb-server-core'),
  program('mariadb-install-db', 'mariadb-server-core'),
  program('mariadb', 'mariadb-client-core'),
];

/** @throws where it is not installed */
export const programPath = (name: string): string => {
  const path = REAL_PROGRAMS.find(one => one.name === name)?.path ?? null;
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
};

/** Why tests with these programs cannot run here; null: they can. */
export const missingProgram = (...names: readonly string[]): string | null => {
  const missing = REAL_PROGRAMS.filter(({ name, path }) => names.includes(name) && path === null);
  return missing.length === 0
    ? null
    : `npm run tcp:install installs ${missing.map(({ name }) => name).join(', ')}`;
};
