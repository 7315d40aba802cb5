// Helpers and fixtures are no test files; .ts runs by Node's own type stripping.
export default {
  // test/cluster needs a control plane and has a configuration of its own.
  files: ['test/**/*.test.ts', '!test/cluster/**'],
  extensions: ['ts'],
  nodeArguments: [
    // Of stripping types by oneself, in each worker.
    '--disable-warning=ExperimentalWarning',
    `--import=${new URL('test/helpers/strip-types-once.js', import.meta.url)}`,
  ],
  timeout: '60s',
  // Two cores: more workers than that only make the socket tests wait for one another.
  concurrency: 2,
};
