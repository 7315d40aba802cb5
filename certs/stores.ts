/** What was read, and the version (`metadata.resourceVersion`) that a write has to name. */
export type Versioned<T> = { readonly content: T; readonly version: string };

/** A conflict: somebody else wrote in between, or created or deleted it; nothing was written. */
export type WriteOutcome = 'written' | 'conflict';

/**
 * One object of the API server, with optimistic concurrency. Reads are answered by the API server itself, never
 * from a watch's cache: the order of reads is what keeps two owners from undoing one another (ADR 0018). Every
 * failure but a conflict rejects.
 */
export type Store<Content, Written> = {
  /** For messages: `Secret sluice-system/sluice-webhook-ca`. */
  readonly name: string;
  /** Null where there is no such object. */
  read(): Promise<Versioned<Content> | null>;
  /** Replaces what was read in `version`; null creates. */
  write(content: Written, version: string | null): Promise<WriteOutcome>;
};

/** `data` of a Secret, decoded. */
export type SecretData = Readonly<Record<string, string>>;

export type SecretStore = Store<SecretData, SecretData>;

/**
 * The caBundles in a webhook configuration, decoded, one for each of its webhooks that call us; a missing one is
 * the empty text. Writing sets all of them. It is never created here.
 */
export type BundleStore = Store<readonly string[], string>;
