export const MINUTE_MS = 60_000;

/** Nothing of C, no paths of this machine; half the disk and a fifth of the time go into debug information. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath'];

/**
 * Linker flags that tell the binaries which release they are: `go build` alone leaves a placeholder, and an API
 * server that says it is v0.0.0 is taken for one by kubectl and by us.
 */
export const linkerFlags = (gitVersion: string, packages: readonly string[]): string => {
  const [major = '', minor = ''] = gitVersion.replace(/^v/, '').split('.');
  const values = { gitVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'archive' };
  return [
    '-s',
    '-w',
    ...packages.flatMap(name => Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`)),
  ].join(' ');
};
