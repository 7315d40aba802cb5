import pino, { type Logger } from 'pino';

const DEFAULT_LEVEL = 'info';

/**
 * The log of a role in a cluster: JSON, a line each, on stdout; `SLUICE_LOG_LEVEL` says how much. A level that there
 * is not is told and taken for the default: no role stays away for the sake of its log.
 */
export const roleLog = (role: string): Logger => {
  const asked = process.env.SLUICE_LOG_LEVEL || DEFAULT_LEVEL;
  const known = [...Object.keys(pino.levels.values), 'silent'];
  const level = known.includes(asked) ? asked : DEFAULT_LEVEL;
  const log = pino({ base: { role }, level, timestamp: pino.stdTimeFunctions.isoTime });
  if (level !== asked)
    log.warn(`SLUICE_LOG_LEVEL is ${asked}, and can be ${known.join(', ')}; it is taken for ${level}`);
  return log;
};
