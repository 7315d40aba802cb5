import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE_MS } from './go-build.ts';
import { runCommand } from './run-command.ts';

/** Debian 12, whose sources hold Kubernetes 1.20, and Debian 11, whose Go is the one that Kubernetes was built with. */
export const SUITES = ['bookworm', 'bullseye'] as const;
export type Suite = (typeof SUITES)[number];

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** apt, with sources, lists and packages of its own in a folder of ours: needs no root and changes nothing of the machine's. */
export type DebianArchive = {
  readonly update: () => Promise<void>;
  /** Leaves `name_version_arch.deb` in the download folder. */
  readonly download: (name: string, suite: Suite) => Promise<void>;
  /** Leaves the archives of the source package in the download folder. */
  readonly downloadSource: (name: string, suite: Suite) => Promise<void>;
  readonly downloads: string;
};

/** What apt would fetch packages from here, asked of apt itself: it reads all formats of its configuration. */
const configuredArchive = (): string => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || codename === undefined)
    throw new Error('Kubernetes 1.20 is built from Debian packages, and this machine is no Debian');
  const targets = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  for (const line of targets.split('\n')) {
    const [uri = '', suite, component] = line.split(' ');
    if (suite === codename && component === 'main') return uri;
  }
  throw new Error(`apt has no source for the suite ${codename}, component main: see /etc/apt/sources.list.d`);
};

export const debianArchive = (folder: string, logFile: string): DebianArchive => {
  const apt = join(folder, 'apt');
  const downloads = join(folder, 'downloads');
  const sources = join(apt, 'archive.sources');
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Retries=3',
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option]);
  const aptGet = (args: readonly string[], timeoutMs: number): Promise<void> =>
    runCommand({ command: ['apt-get', ...options, ...args], cwd: downloads, timeoutMs, logFile });
  return {
    downloads,
    update: async () => {
      const archive = configuredArchive();
      for (const path of [downloads, join(apt, 'lists/partial'), join(apt, 'cache/archives/partial')])
        await mkdir(path, { recursive: true });
      const signedBy = existsSync(KEYRING) ? `Signed-By: ${KEYRING}\n` : '';
      await writeFile(
        sources,
        `Types: deb deb-src\nURIs: ${archive}\nSuites: ${SUITES.join(' ')}\nComponents: main\n${signedBy}`,
      );
      await aptGet(['update', '--error-on=any'], 5 * MINUTE_MS);
    },
    download: (name, suite) => aptGet(['download', `${name}/${suite}`], 5 * MINUTE_MS),
    downloadSource: (name, suite) => aptGet(['source', '--download-only', `${name}/${suite}`], 5 * MINUTE_MS),
  };
};
