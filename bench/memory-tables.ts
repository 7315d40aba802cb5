import type { BusyMemory, BusyMemoryResult, IdleMemory, IdleMemoryResult } from './samples.ts';
import { digits, MEBIBYTE, section, table } from './table-text.ts';

const mebibytes = (bytes: number): string => digits(bytes / MEBIBYTE);

const busyRows = ({ lane, processes }: BusyMemory): readonly (readonly string[])[] =>
  processes.map(({ role, residentBytes, proportionalBytes, privateBytes }) => [
    `${lane}, ${role}`,
    ...[residentBytes, proportionalBytes, privateBytes].map(mebibytes),
  ]);

/** Every process apart: what is shared counts in the RSS of each. */
export const busyMemoryTable = (result: BusyMemoryResult): string =>
  section(result, [
    table(['process', 'RSS MiB', 'Pss MiB', 'private MiB'], result.figures.flatMap(busyRows)),
  ]);

const kibibytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 1024).toFixed(1));

const idleRow = ({ lane, connections, privateBytesEach, heapBytesEach }: IdleMemory): readonly string[] => [
  lane,
  digits(connections),
  kibibytes(privateBytesEach),
  kibibytes(heapBytesEach),
];

export const idleMemoryTable = (result: IdleMemoryResult): string =>
  section(result, [
    table(
      ['contender', 'connections', 'private KiB each', 'of it V8 and external KiB each'],
      result.figures.map(idleRow),
    ),
  ]);
