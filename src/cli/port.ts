import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which commander prints */
export const readPort = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
};
