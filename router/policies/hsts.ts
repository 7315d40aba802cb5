import type { PolicyOf } from '../../src/core/route-settings.ts';
import type { RouteCheck } from './route-checks.ts';

/** Tells browsers to come over TLS alone; in clear it must not be said (RFC 6797 7.2). */
export const hstsCheck = ({ value }: PolicyOf<'hsts'>): RouteCheck => {
  const line = `Strict-Transport-Security: ${value}\r\n`;
  return {
    before: (_head, notes) => {
      if (notes.scheme === 'https') notes.responseLines += line;
      return null;
    },
    // Of two a browser reads the first (RFC 6797 8.1).
    onAnswer: (head, { scheme }) => {
      if (scheme === 'https') head.fields.dropNamed('strict-transport-security');
    },
  };
};
