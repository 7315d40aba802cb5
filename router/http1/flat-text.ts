import type { ByteString } from '../../src/core/byte-string.ts';

/**
 * The same text in one piece. V8 keeps a text that was put together as a tree of its pieces, and each request that
 * sends it would fetch every one of them: worth it for what is made once and sent often.
 */
export const flatText = (text: ByteString): ByteString => Buffer.from(text, 'latin1').toString('latin1');
