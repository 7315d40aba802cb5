import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { versionFolder } from '../cache-folder.ts';
import { debianArchive } from './debian-archive.ts';
import { BUILD_FLAGS, linkerFlags, MINUTE_MS } from './go-build.ts';
import { runCommand } from './run-command.ts';
import { type Made, madeFile } from './stamps.ts';
import type { Step } from './steps.ts';

/** The last minor release that serves Ingresses of `extensions/v1beta1`, as the seed has them, and has EndpointSlices. */
const RELEASE = 'v1.20.2';
const SOURCE_ARCHIVE = /^kubernetes_.*1\.20\.2\.orig\.tar\.gz$/;

/** A build by a newer Go starts, and crashes in reflect2 on the first webhook call. kubectl of this suite is built by it. */
const GO = 'usr/lib/go-1.15';

const PACKAGES = [
  ['golang-1.15-go', 'bullseye'],
  ['golang-1.15-src', 'bullseye'],
  ['kubernetes-client', 'bullseye'],
  ['etcd-server', 'bookworm'],
] as const;

/** The tag leaves out the SDKs of AWS, Azure and Google, half of what there is to compile. */
const FLAGS = [...BUILD_FLAGS, '-tags=providerless'];
const VERSION_PACKAGES = [
  'k8s.io/kubernetes/vendor/k8s.io/component-base/version',
  'k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version',
];

/** Flags of openapi-gen and where its input is, as Makefile.generated_files of 1.20 has them. */
const OPENAPI_PACKAGE = 'pkg/generated/openapi';
const OPENAPI_FILE = `${OPENAPI_PACKAGE}/zz_generated.openapi.go`;
const OPENAPI_ROOTS = ['pkg', 'cmd', 'plugin', 'staging/src/k8s.io'];
const NOT_OPENAPI = /\/(?:code-generator|sample-apiserver)\/|_test\.go$/;

const only = (folder: string, pattern: RegExp): string => {
  const [name, ...others] = readdirSync(folder).filter(each => pattern.test(each));
  if (name !== undefined && others.length === 0) return join(folder, name);
  throw new Error(`${folder} holds ${name === undefined ? 'nothing' : 'more than one file'} like ${pattern}`);
};

const openapiPackages = (source: string): string => {
  const files = execFileSync(
    'grep',
    ['-rlE', '--include=*.go', '^// *[+]k8s:openapi-gen=', ...OPENAPI_ROOTS],
    { cwd: source, encoding: 'utf8', maxBuffer: 16 << 20 },
  );
  const folders = files
    .trim()
    .split('\n')
    .filter(file => !NOT_OPENAPI.test(file))
    .map(file => file.replace(/^staging\/src\//, 'vendor/').replace(/\/[^/]*$/, ''));
  return [...new Set(folders)]
    .sort()
    .map(each => `k8s.io/kubernetes/${each}`)
    .join(',');
};

/** Builds 1.20.2 from Debian's source package, and takes its etcd and kubectl from Debian's binary packages. */
export const oldestSteps = (): readonly Step[] => {
  const folder = versionFolder('oldest');
  const build = join(folder, 'build');
  const root = join(build, 'root');
  const source = join(build, 'go/src/k8s.io/kubernetes');
  const log = (name: string): string => join(folder, 'log', `${name}.log`);
  const archive = debianArchive(build, log('apt'));
  const flags = [...FLAGS, `-ldflags=${linkerFlags(RELEASE, VERSION_PACKAGES)}`];
  const recipe = [RELEASE, ...flags, ...PACKAGES.flat()].join('\n');
  const made = (name: string): Made => madeFile(join(folder, 'bin'), name, recipe);
  const binaries = ['etcd', 'kubectl', 'kube-apiserver', 'kube-controller-manager'].map(made);
  const isAllMade = (): boolean => binaries.every(({ isMade }) => isMade());

  const run = (command: readonly [string, ...string[]], logFile: string, timeoutMs = 5 * MINUTE_MS) =>
    runCommand({
      command,
      cwd: existsSync(source) ? source : build,
      env: {
        PATH: `${join(root, GO, 'bin')}:${process.env.PATH}`,
        GOROOT: join(root, GO),
        GOPATH: join(build, 'go'),
        GO111MODULE: 'off',
        // What newer releases know and 1.15 ends at may stand in the user's settings.
        GOENV: 'off',
        GOFLAGS: '',
        CGO_ENABLED: '0',
      },
      timeoutMs,
      logFile: log(logFile),
    });
  const marked = (about: string, marker: string, work: () => Promise<void>): Step => ({
    about,
    isDone: () => isAllMade() || existsSync(join(build, marker)),
    run: async () => {
      await mkdir(build, { recursive: true });
      await work();
      await writeFile(join(build, marker), '');
    },
  });
  const copied = (name: string): Step => ({
    about: `takes ${name}`,
    isDone: made(name).isMade,
    run: () => made(name).make(path => copyFile(join(root, 'usr/bin', name), path)),
  });
  const built = (name: string): Step => ({
    about: `builds ${name} with Go 1.15`,
    isDone: made(name).isMade,
    run: () =>
      made(name).make(path =>
        run(['go', 'build', ...flags, '-o', path, `k8s.io/kubernetes/cmd/${name}`], name, 25 * MINUTE_MS),
      ),
  });

  return [
    marked(`fetches Kubernetes ${RELEASE}, Go 1.15 and etcd from Debian`, 'fetched', async () => {
      await archive.update();
      for (const [name, suite] of PACKAGES) await archive.download(name, suite);
      await archive.downloadSource('kubernetes', 'bookworm');
    }),
    marked('unpacks them', 'unpacked', async () => {
      await mkdir(root, { recursive: true });
      for (const [name] of PACKAGES)
        await run(['dpkg', '-x', only(archive.downloads, new RegExp(`^${name}_.*\\.deb$`)), root], 'unpack');
      await rm(source, { recursive: true, force: true });
      await mkdir(source, { recursive: true });
      const tar = only(archive.downloads, SOURCE_ARCHIVE);
      await run(['tar', '-xzf', tar, '-C', source, '--strip-components=1'], 'unpack');
    }),
    copied('etcd'),
    copied('kubectl'),
    marked('generates the OpenAPI definitions', 'generated', async () => {
      const generator = join(build, 'openapi-gen');
      await run(
        ['go', 'build', '-o', generator, './vendor/k8s.io/kube-openapi/cmd/openapi-gen'],
        'openapi',
        15 * MINUTE_MS,
      );
      await run(
        [
          generator,
          '--logtostderr',
          '--input-dirs',
          openapiPackages(source),
          '--output-package',
          `k8s.io/kubernetes/${OPENAPI_PACKAGE}`,
          '--output-file-base',
          'zz_generated.openapi',
          '--go-header-file',
          'vendor/k8s.io/code-generator/hack/boilerplate.go.txt',
          '--report-filename',
          join(build, 'openapi-violations'),
        ],
        'openapi',
        10 * MINUTE_MS,
      );
      if (!existsSync(join(source, OPENAPI_FILE))) throw new Error(`${OPENAPI_FILE} was not made`);
      // Kubernetes' own check that the generator saw what it should have.
      await run(
        ['diff', join(build, 'openapi-violations'), 'api/api-rules/violation_exceptions.list'],
        'openapi',
      );
    }),
    built('kube-apiserver'),
    built('kube-controller-manager'),
    {
      about: 'removes what it was built from',
      isDone: () => !existsSync(build),
      run: () => rm(build, { recursive: true, force: true }),
    },
  ];
};
