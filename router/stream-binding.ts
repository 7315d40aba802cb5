/** A write that libuv could not finish at once: it tells of its end, and keeps its bytes alive until then. */
export type WriteRequest = { oncomplete: (status: number) => void; buffer: Buffer | null };

type OnRead = (this: NativeStream, bytes?: ArrayBuffer) => unknown;

/** A socket's handle, as far as it reads and writes; a write gives 0 or a negative errno. */
export type NativeStream = {
  onread: OnRead;
  writeLatin1String(request: WriteRequest, text: string): number;
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
};

type StreamBinding = {
  readonly WriteWrap: new () => WriteRequest;
  /** What the last call on any handle said of itself. */
  readonly streamBaseState: { readonly [slot: number]: number };
  readonly kLastWriteWasAsync: number;
  readonly kReadBytesOrError: number;
};

const binding = (process as unknown as { readonly binding?: (name: string) => unknown }).binding;

/** What Node's own streams read and write through; null where this Node has it no more: then all goes through the stream. */
export const STREAM_BINDING = ((): StreamBinding | null => {
  try {
    const found = binding?.('stream_wrap') as Partial<StreamBinding> | undefined;
    const isWhole =
      found?.WriteWrap !== undefined &&
      found.streamBaseState !== undefined &&
      found.kLastWriteWasAsync !== undefined &&
      found.kReadBytesOrError !== undefined;
    return isWhole ? (found as StreamBinding) : null;
  } catch {
    return null;
  }
})();
