export const MINUTE_MS = 60_000;

/** Without paths of this machine, so that another folder finds the same build cache, and without debug information. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath', '-gcflags=all=-dwarf=false'];

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
