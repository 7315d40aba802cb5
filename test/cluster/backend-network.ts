import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getuid, pid } from 'node:process';
import { eventually } from './control-plane/eventually.ts';

/**
 * Addresses of this machine on which a test's backends listen, as pods would; not of loopback, which an
 * EndpointSlice may not hold, and out of 198.18.0.0/15, which is for tests (RFC 2544) and leads nowhere.
 */
export type BackendNetwork = {
  readonly addresses: readonly string[];
  /** Nobody has this one: a connection to it is neither answered nor refused. */
  readonly silentAddress: string;
  readonly remove: () => Promise<void>;
};

const MAX_ADDRESSES = 250;
const SUBNETS = 512;
const TRIES = 20;

/** Only root may make interfaces. */
export const canMakeNetworks = getuid?.() === 0;

const ip = (...args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('ip', [...args], (error, _, stderr) =>
      error === null
        ? resolve()
        : reject(new Error(`ip ${args.join(' ')}: ${stderr.trim() || error.message}`)),
    );
  });

/** A process that does nothing but hold a network namespace; it ends with this one. */
const holdNamespace = async (): Promise<ChildProcess> => {
  const holder = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', 'echo ready; exec sleep infinity'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const isReady = await Promise.race([
    holder.stdout ? once(holder.stdout, 'data').then(() => true) : false,
    once(holder, 'exit').then(() => false),
  ]);
  if (!isReady) throw new Error('no network namespace can be made here: unshare --net failed');
  holder.unref();
  return holder;
};

/** The first subnet that nobody uses: somebody else's test may run beside this one. */
const addressedInterface = async (name: string, count: number): Promise<string> => {
  let cause: unknown;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const subnet = (pid + tries) % SUBNETS;
    const prefix = `198.${18 + (subnet >> 8)}.${subnet & 255}`;
    try {
      await ip('route', 'add', `${prefix}.0/24`, 'dev', name);
    } catch (error) {
      cause = error;
      continue;
    }
    for (let host = 1; host <= count; host += 1)
      await ip('address', 'add', `${prefix}.${host}/32`, 'dev', name);
    return prefix;
  }
  throw new Error(`no free subnet in ${TRIES} tries`, { cause });
};

/**
 * Makes an interface with `count` addresses. It is one end of a pair whose other end lies in a namespace of its own:
 * the kernel removes both when the process that holds that namespace ends, as it does with this process.
 */
export const newBackendNetwork = async (count = 10): Promise<BackendNetwork> => {
  if (!canMakeNetworks) throw new Error('a network for backends takes root: run the tests as root');
  if (count > MAX_ADDRESSES) throw new Error(`${count} addresses: there are at most ${MAX_ADDRESSES}`);
  const holder = await holdNamespace();
  const name = `sluice${holder.pid}`;
  const remove = async (): Promise<void> => {
    if (holder.exitCode !== null || holder.signalCode !== null) return;
    holder.ref();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    // The kernel takes the interface down a moment after the process.
    await eventually(`the interface ${name} is gone`, () =>
      ip('link', 'show', name).then(
        () => null,
        () => true,
      ),
    );
  };
  try {
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'peer', 'netns', `${holder.pid}`);
    await ip('link', 'set', name, 'up');
    const prefix = await addressedInterface(name, count);
    const silentAddress = `${prefix}.254`;
    // Frames to a card that nobody has are dropped at the other end, without a word.
    await ip('neighbour', 'add', silentAddress, 'lladdr', '02:00:00:00:00:fe', 'dev', name);
    const addresses = Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`);
    return { addresses, silentAddress, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
