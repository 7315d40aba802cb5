/** nginx' line that keeps its workers at the user who runs the bench, since only that one may read the run's folder. */
export const workerUser = (uid: number | undefined = process.getuid?.()): string =>
  uid === 0 ? 'user root;\n' : '';
