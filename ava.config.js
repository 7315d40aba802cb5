// Helpers and fixtures are no test files; .ts runs by Node's own type stripping.
export default {
  files: ['test/**/*.test.ts'],
  extensions: ['ts'],
  timeout: '60s',
  // Two cores: more workers than that only make the socket tests wait for one another.
  concurrency: 2,
};
