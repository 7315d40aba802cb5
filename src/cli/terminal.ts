/** Where a command writes: results to stdout, everything about them to stderr. */
export type Terminal = {
  print(line: string): void;
  complain(line: string): void;
};

/** The process' own streams. A reader that has gone away (`| head`) is no error of ours. */
export const processTerminal = (): Terminal => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    print: line => void process.stdout.write(`${line}\n`),
    complain: line => void process.stderr.write(`${line}\n`),
  };
};

/** What nobody expected is a bug: it is told as one, without a stack trace unless it is asked for. */
export const complainOfBug = (terminal: Terminal, error: unknown): void => {
  const message = error instanceof Error ? error.message : String(error);
  terminal.complain(
    `sluice: internal error: ${message.split('\n', 1)[0]}. Please report it; SLUICE_DEBUG=1 prints the stack.`,
  );
  if (process.env.SLUICE_DEBUG === '1' && error instanceof Error) terminal.complain(error.stack ?? '');
};

/** Columns padded to the widest cell, two spaces apart, as kubectl prints tables. */
export const tableLines = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map(row =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 2)))
      .join('')
      .trimEnd(),
  );
};
