/**
 * What a client speaks, as far as its answer's body hangs on it: an HTTP/1.0 client reads no chunks, and HTTP/2 frames
 * bodies itself.
 */
export type ClientVersion = '1.0' | '1.1' | '2';
