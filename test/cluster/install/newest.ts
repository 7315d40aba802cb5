import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { versionFolder } from '../cache-folder.ts';
import { BINARIES, type Binary } from '../versions.ts';
import { BUILD_FLAGS, linkerFlags, MINUTE_MS } from './go-build.ts';
import { runCommand } from './run-command.ts';
import { madeFile } from './stamps.ts';
import type { Step } from './steps.ts';

/** Its go.mod is what says which release is the newest. */
const MODULE = fileURLToPath(new URL('../newest', import.meta.url));

const PACKAGES: Readonly<Record<Binary, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

// Where Go's own archive unpacks to; many machines have it there without a word in PATH.
const GO = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';

const ENVIRONMENT = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };

const releaseIn = (goMod: string): string => {
  const release = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (release === undefined) throw new Error(`${MODULE}/go.mod requires no k8s.io/kubernetes`);
  return release;
};

/** Builds the newest control plane from the Go module beside this folder; needs Go, as go.mod says which. */
export const newestSteps = (): readonly Step[] => {
  const folder = versionFolder('newest');
  const bin = join(folder, 'bin');
  const goMod = readFileSync(join(MODULE, 'go.mod'), 'utf8');
  const release = releaseIn(goMod);
  const flags = [...BUILD_FLAGS, `-ldflags=${linkerFlags(release, ['k8s.io/component-base/version'])}`];
  const recipe = [goMod, ...flags].join('\n');
  const made = new Map(BINARIES.map(binary => [binary, madeFile(bin, binary, recipe)]));
  const go = (args: readonly string[], timeoutMs: number, log: string): Promise<void> =>
    runCommand({
      command: [GO, ...args],
      cwd: MODULE,
      env: ENVIRONMENT,
      timeoutMs,
      logFile: join(folder, 'log', log),
    });
  return [
    {
      about: `fetches the modules of Kubernetes ${release} and etcd`,
      isDone: () => [...made.values()].every(({ isMade }) => isMade()),
      run: () => go(['list', '-deps', ...Object.values(PACKAGES)], 10 * MINUTE_MS, 'modules.log'),
    },
    ...[...made].map(([binary, { isMade, make }]) => ({
      about: `builds ${binary}`,
      isDone: isMade,
      run: () =>
        make(path => go(['build', ...flags, '-o', path, PACKAGES[binary]], 25 * MINUTE_MS, `${binary}.log`)),
    })),
  ];
};
