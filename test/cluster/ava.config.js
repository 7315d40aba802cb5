// The tests that need a control plane: `npm run test:cluster` runs them, `npm test` does not.
// Each file starts one or more of its own and is a process of its own, with which they end.
export default {
  files: ['test/cluster/**/*.test.ts'],
  extensions: ['ts'],
  timeout: '3m',
  concurrency: 1,
  workerThreads: false,
};
