/** What every Kubernetes object carries (meta/v1 ObjectMeta), as far as we read it. */
export type Metadata = {
  readonly namespace: string;
  readonly name: string;
  /** Null where the object comes from a file. */
  readonly uid: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; null where the object comes from a file without it. */
  readonly createdMs: number | null;
  readonly deleting: boolean;
  /** Path of the file that the object was read from; empty in a cluster. */
  readonly file: string;
  /** Its place in that file; 0 in a cluster. */
  readonly fileOrder: number;
};

/** `namespace/name`, the identity that people type. */
export const objectName = ({ namespace, name }: Pick<Metadata, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Oldest first: creation time, then path of the file and place in it, then namespace and name (DESIGN 7). An object
 * without a creation time is younger than any that has one.
 */
export const compareAge = (a: Metadata, b: Metadata): number => {
  const aMs = a.createdMs ?? Number.MAX_SAFE_INTEGER;
  const bMs = b.createdMs ?? Number.MAX_SAFE_INTEGER;
  return (
    aMs - bMs ||
    compareText(a.file, b.file) ||
    a.fileOrder - b.fileOrder ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
};
