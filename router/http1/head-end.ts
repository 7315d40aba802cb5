import { CR, LF } from './characters.ts';

/** The end of a head and its last field line; only this ends one, never bare line feeds. */
export const END_OF_HEAD = Buffer.from('\r\n\r\n', 'latin1');

/** True if a line feed in these bytes has no CR before it: such a head would never end, so it is refused at once. */
export const hasBareLineFeed = (buffer: Buffer, start: number, end: number): boolean => {
  let at = buffer.indexOf(LF, start);
  while (at !== -1 && at < end) {
    if (at === start || buffer[at - 1] !== CR) return true;
    at = buffer.indexOf(LF, at + 1);
  }
  return false;
};
