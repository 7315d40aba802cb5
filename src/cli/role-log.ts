import pino, { type Logger } from 'pino';

/** The log of a role in a cluster: JSON, a line each, on stdout; `SLUICE_LOG_LEVEL` says how much. */
export const roleLog = (role: string): Logger =>
  pino({
    base: { role },
    level: process.env.SLUICE_LOG_LEVEL ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
  });
