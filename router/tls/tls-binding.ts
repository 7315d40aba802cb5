import type { SecureContext } from 'node:tls';
import { type NativeStream, STREAM_BINDING } from '../stream-binding.ts';

/** What OpenSSL is given of a compiled context. */
export type NativeContext = SecureContext['context'];

/** A TLS connection over a socket's handle: it reads and writes what is inside the records. */
export type TlsHandle = NativeStream & {
  /** The socket's own handle: Node's methods for addresses, options and the end of it go there. */
  _parent: ParentHandle;
  /** Looked at while the client's hello is read: the context that goes on in the place of the first one. */
  sni_context: NativeContext | undefined;
  onhandshakedone: (this: TlsHandle) => void;
  reading: boolean;
  onerror: (this: TlsHandle, error: Error) => void;
  close(done: () => void): void;
  destroySSL(): void;
  /** Takes bytes that were read before the handle was made. */
  receive(bytes: Buffer): void;
  setALPNProtocols(protocols: Buffer): void;
  getALPNNegotiatedProtocol(): string | false;
  isSessionReused(): boolean;
};

export type ParentHandle = NativeStream & {
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize?: number;
  readonly reading?: boolean;
  /** Closes with a reset. */
  reset(done: () => void): number;
};

type TlsBinding = {
  wrap(parent: ParentHandle, context: NativeContext, isServer: boolean, hasActiveWrite: boolean): TlsHandle;
};

const binding = (process as unknown as { readonly binding?: (name: string) => unknown }).binding;

/** What Node's TLSSocket is made of; null where this Node has it no more: then a TLSSocket does it. */
export const TLS_BINDING = ((): TlsBinding | null => {
  try {
    const found = binding?.('tls_wrap') as Partial<TlsBinding> | undefined;
    return found?.wrap === undefined || STREAM_BINDING === null ? null : (found as TlsBinding);
  } catch {
    return null;
  }
})();
