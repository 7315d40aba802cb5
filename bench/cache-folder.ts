import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where peers from npm and PyPI are installed: outside the checkout, so that the product's lock file stays small. */
export const CACHE_FOLDER =
  process.env.SLUICE_BENCH_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice-bench');

export const NODE_PEERS_FOLDER = join(CACHE_FOLDER, 'node');
export const ENVOY_BINARY = join(CACHE_FOLDER, 'venv', 'bin', 'envoy');
export const PIP_BINARY = join(CACHE_FOLDER, 'venv', 'bin', 'pip');
