import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `ldd` names of a program: its libraries and the loader. */
const librariesOf = (program: string): readonly string[] => {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap(line => /(?:=>\s+|^\s+)(\/\S+)\s+\(/.exec(line)?.[1] ?? []);
};

/** Copies a file to its own place under `root`, links resolved. */
const copyInto = (root: string, path: string, to = path): void => {
  mkdirSync(join(root, dirname(to)), { recursive: true });
  cpSync(realpathSync(path), join(root, to));
};

const addProgram = (root: string, program: string, to: string): void => {
  copyInto(root, program, to);
  for (const library of librariesOf(program)) copyInto(root, library);
};

/** A root file system with Node and its libraries, for a user without a name. */
export const writeRuntimeRoot = (root: string, node: string): void => {
  for (const folder of ['etc', 'tmp', 'usr/local/bin', 'var/run'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nsluice:x:65532:65532::/:/bin/false\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nsluice:x:65532:\n');
  addProgram(root, node, '/usr/local/bin/node');
};

/** The same with a shell, npm, and the certificates that npm trusts here. */
export const writeBuildRoot = (root: string, node: string, npm: string): void => {
  writeRuntimeRoot(root, node);
  addProgram(root, '/bin/sh', '/bin/sh');
  addProgram(root, '/usr/bin/env', '/usr/bin/env');
  mkdirSync(join(root, 'usr/local/lib/node_modules'), { recursive: true });
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  writeFileSync(
    join(root, 'usr/local/bin/npm'),
    '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n',
    { mode: 0o755 },
  );
  if (existsSync('/etc/ssl/certs/ca-certificates.crt')) copyInto(root, '/etc/ssl/certs/ca-certificates.crt');
};
