/** Three digits or so: more would be noise. */
export const digits = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
};

export const MEBIBYTE = 1_048_576;

export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A table of which all columns but the first hold numbers. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n');

/** What a scenario is, and who took no part in it, around its table. */
export const section = (
  { scenario, about, absent }: { scenario: string; about: string; absent: Readonly<Record<string, string>> },
  lines: readonly string[],
): string =>
  [
    `### ${scenario}`,
    '',
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    '',
    ...lines,
    ...Object.entries(absent).map(([name, why]) => `\n${name} took no part: ${why}.`),
    '',
  ].join('\n');
