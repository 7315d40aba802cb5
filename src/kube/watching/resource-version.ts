const DECIMAL = /^[1-9]\d{0,30}$/;

/**
 * True if `version` is known to be no newer than `than`. Versions are counters of etcd and comparable as such
 * (Kubernetes promises it since 1.35, KEP-5504, and has never done otherwise); of anything else we know nothing.
 */
export const isNoNewer = (version: string, than: string): boolean => {
  if (!DECIMAL.test(version) || !DECIMAL.test(than)) return false;
  return version.length === than.length ? version <= than : version.length < than.length;
};
