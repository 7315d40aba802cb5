import type { Socket } from 'node:net';
import type { EngineSocket, Reader } from './engine-socket.ts';
import { STREAM_BINDING as BINDING, type NativeStream } from './stream-binding.ts';

/** A handle whose reads are told to its reader. */
type ReadHandle = NativeStream & { sluiceReader?: Reader; sluiceSocket?: EngineSocket };

/** Node's own way from the handle to the socket: it also tells of the end and of errors. */
let nodesOnRead: NativeStream['onread'] = () => undefined;

/** One function for all handles: one of each handle's own would have to be fetched for each read, with what it closes over. */
function onRead(this: ReadHandle, bytes?: ArrayBuffer): unknown {
  const count = BINDING?.streamBaseState[BINDING.kReadBytesOrError] ?? 0;
  const reader = this.sluiceReader;
  if (count <= 0 || reader === undefined) return nodesOnRead.call(this, bytes);
  try {
    reader.onRead(count);
  } catch (error) {
    this.sluiceSocket?.onBug(error);
  }
  return undefined;
}

/** The handle of an open socket: Node has no public name for it. */
export const handleOf = (socket: Socket): NativeStream | null =>
  (socket as unknown as { readonly _handle: NativeStream | null })._handle;

/** Has the handle of `socket` tell `reader` what it reads into the engine's buffer; false where this Node cannot. */
export const readFromHandle = (socket: EngineSocket, reader: Reader): boolean => {
  const handle: ReadHandle | null = handleOf(socket);
  if (BINDING === null || handle === null) return false;
  handle.sluiceReader = reader;
  handle.sluiceSocket = socket;
  // Who reads may change, once it shows what is spoken.
  if (handle.onread === onRead) return true;
  nodesOnRead = handle.onread;
  handle.onread = onRead;
  return true;
};
