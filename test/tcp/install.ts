// `npm run tcp:install`: the real servers that test/tcp drives, from Debian's packages; what is there is left alone.
import { spawnSync } from 'node:child_process';
import { REAL_PROGRAMS } from './real-programs.ts';

const missing = REAL_PROGRAMS.filter(({ path }) => path === null);
if (missing.length === 0) console.log('All is there.');
else if (process.getuid?.() !== 0) {
  const packages = missing.map(({ packageName }) => packageName).join(' ');
  console.log(`as root: apt-get update && apt-get install -y --no-install-recommends ${packages}`);
  process.exitCode = 1;
} else {
  const packages = [...new Set(missing.map(({ packageName }) => packageName))];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    console.log(`$ apt-get ${args.join(' ')}`);
    const { status } = spawnSync('apt-get', args, { stdio: 'inherit', env });
    process.exitCode = status ?? 1;
    if (process.exitCode !== 0) break;
  }
}
