import { formatReasons, type Reason } from './checks.ts';

/** What an owner or a replica did or met, for logs, Events and counters. */
export type CertificateEvent =
  | {
      readonly kind: 'authority-made';
      readonly reasons: readonly Reason[];
      readonly untilMs: number;
      /** Earlier authorities that stay trusted for the overlap. */
      readonly keptCount: number;
    }
  | { readonly kind: 'trusted-kept'; readonly count: number }
  | { readonly kind: 'published'; readonly configuration: string }
  | { readonly kind: 'issued'; readonly reasons: readonly Reason[]; readonly untilMs: number }
  | { readonly kind: 'previous-dropped'; readonly count: number }
  /** Somebody else wrote first; everything is read again. */
  | { readonly kind: 'lost-race'; readonly object: string }
  | { readonly kind: 'served'; readonly untilMs: number }
  /** A certificate is there and is not taken. */
  | { readonly kind: 'not-served'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'not-trusted-yet' };

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();

/** The event in one sentence. */
export const certificateEventText = (event: CertificateEvent): string => {
  switch (event.kind) {
    case 'authority-made':
      return `made a new certificate authority, valid until ${isoTime(event.untilMs)} (${formatReasons(event.reasons)}); earlier ones that stay trusted for the overlap: ${event.keptCount}`;
    case 'trusted-kept':
      return `the stored authority is not the one that clients trust; published ones that stay trusted until its own certificate is in service: ${event.count}`;
    case 'published':
      return `wrote the caBundle into ${event.configuration}`;
    case 'issued':
      return `issued a serving certificate, valid until ${isoTime(event.untilMs)} (${formatReasons(event.reasons)})`;
    case 'previous-dropped':
      return `earlier authorities that are no longer trusted: ${event.count}`;
    case 'lost-race':
      return `${event.object} was written by somebody else at the same time; reading again`;
    case 'served':
      return `serving a certificate that is valid until ${isoTime(event.untilMs)}`;
    case 'not-served':
      return `the stored certificate is not served: ${formatReasons(event.reasons)}`;
    case 'not-trusted-yet':
      return 'a new certificate waits until the caBundle in every webhook configuration trusts it';
    default:
      return event satisfies never;
  }
};
