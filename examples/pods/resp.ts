// RESP, the protocol of Redis (https://redis.io/docs/latest/develop/reference/protocol-spec/), as far as the demo
// database speaks it. Text is latin1: one character is one byte.

/** The words of one command and where it ends; null: not all of it is here. */
export type TakenCommand = { readonly words: readonly string[]; readonly end: number } | null;

/** What no further byte can make a command of. */
export class RespError extends Error {}

/** As Redis has it for what a person types. */
const MAX_WORDS = 64;

/** A number behind its mark (`*3`, `$5`), and where its line ends. */
const numberAt = (text: string, at: number): { readonly value: number; readonly end: number } | null => {
  const newline = text.indexOf('\r\n', at);
  if (newline === -1) return null;
  const digits = text.slice(at + 1, newline);
  if (!/^\d{1,6}$/.test(digits))
    throw new RespError(`Protocol error: ${JSON.stringify(digits)} is no length`);
  return { value: Number(digits), end: newline + 2 };
};

const takeArray = (text: string, start: number): TakenCommand => {
  const count = numberAt(text, start);
  if (count === null) return null;
  if (count.value > MAX_WORDS) throw new RespError('Protocol error: too many words');
  const words: string[] = [];
  let at = count.end;
  while (words.length < count.value) {
    if (at < text.length && text[at] !== '$') throw new RespError(`Protocol error: expected '$'`);
    const length = numberAt(text, at);
    if (length === null) return null;
    const end = length.end + length.value;
    if (text.length < end + 2) return null;
    words.push(text.slice(length.end, end));
    at = end + 2;
  }
  return { words, end: at };
};

/** What a person types into `nc`: a line of words. */
const takeLine = (text: string, start: number): TakenCommand => {
  const newline = text.indexOf('\n', start);
  if (newline === -1) return null;
  const words = text
    .slice(start, newline)
    .split(/\s+/)
    .filter(word => word !== '');
  return { words, end: newline + 1 };
};

/**
 * The command that begins at `start`.
 * @throws RespError
 */
export const takeCommand = (text: string, start: number): TakenCommand =>
  text[start] === '*' ? takeArray(text, start) : takeLine(text, start);

export const simpleReply = (text: string): string => `+${text}\r\n`;
export const errorReply = (text: string): string => `-ERR ${text}\r\n`;
export const bulkReply = (text: string | undefined): string =>
  text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`;
