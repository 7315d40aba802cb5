import type { HashPart } from '../../src/core/balance.ts';
import { type ByteString, utf8Bytes } from '../../src/core/byte-string.ts';
import { murmur3 } from '../../src/core/ticket/murmur3.ts';
import type { RequestFacts } from '../../src/core/ticket/request-facts.ts';

/** What a hash key may be made of. */
export interface HashedRequest
  extends Pick<RequestFacts, 'headerLine' | 'cookie' | 'queryParameter' | 'sourceAddress'> {
  readonly host: string;
  readonly path: ByteString;
  readonly query: ByteString;
}

type TextOf = (request: HashedRequest) => ByteString;

const compilePart = (part: HashPart): TextOf => {
  switch (part.kind) {
    case 'text': {
      const text = utf8Bytes(part.text);
      return () => text;
    }
    case 'header': {
      const { name } = part;
      return request => request.headerLine(name, 0) ?? '';
    }
    case 'cookie': {
      const name = utf8Bytes(part.name);
      return request => request.cookie(name) ?? '';
    }
    case 'query': {
      const name = utf8Bytes(part.name);
      return request => request.queryParameter(name) ?? '';
    }
    case 'sourceIP':
      return request => request.sourceAddress;
    case 'host':
      return request => request.host;
    case 'uri':
      return request => request.path + request.query;
    default:
      return part satisfies never;
  }
};

/** The number that a request is hashed by; parts stand one behind the other as in nginx' own variable text. */
export const compileHashKey = (parts: readonly HashPart[]): ((request: HashedRequest) => number) => {
  const texts = parts.map(compilePart);
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return request => murmur3(only(request));
  return request => {
    let key = '';
    for (const textOf of texts) key += textOf(request);
    return murmur3(key);
  };
};
