import type { X509Certificate } from 'node:crypto';
import type { KeyedCertificate } from '../authority.ts';
import type { Reason } from '../checks.ts';
import type { Assessment } from './assessment.ts';

/** What an owner does next; each writes at most one kind of object, and everything is read anew after it. */
export type Step =
  | {
      readonly kind: 'make-authority';
      readonly reasons: readonly Reason[];
      readonly previous: readonly X509Certificate[];
    }
  | {
      readonly kind: 'keep-trusted';
      readonly authority: KeyedCertificate;
      readonly previous: readonly X509Certificate[];
    }
  | { readonly kind: 'publish'; readonly bundle: string; readonly places: readonly number[] }
  | {
      readonly kind: 'issue';
      readonly authority: KeyedCertificate;
      readonly authorityPem: string;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly kind: 'drop-previous';
      readonly authority: KeyedCertificate;
      readonly count: number;
    }
  /** Until all API servers know the authority, or all replicas have taken its certificate. */
  | { readonly kind: 'wait'; readonly phase: 'announcing' | 'retiring' }
  | { readonly kind: 'nothing' };

/** How long the authority has been seen in every configuration, and its certificate in force; -1: not now. */
export type Waited = {
  readonly announcedMs: number;
  readonly switchedMs: number;
  readonly overlapMs: number;
};

/**
 * The next step of the rotation (ADR 0018): what clients trust today stays trusted until nobody serves it, and
 * nobody serves what clients do not trust yet. A configuration that cannot be written does not keep a certificate
 * that clients do trust from being renewed, so issuing comes before publishing where both may be.
 */
export const nextStep = (assessed: Assessment, waited: Waited): Step => {
  if (assessed.kind === 'no-authority')
    return { kind: 'make-authority', reasons: assessed.reasons, previous: assessed.trusted };
  const { authority, authorityPem, previous, reasons } = assessed;
  if (assessed.orphaned !== null) return { kind: 'keep-trusted', authority, previous: assessed.orphaned };
  // Where no previous authority is in force, nobody is verified by anything else: there is nothing to wait for.
  const isFree = !assessed.isPreviousInForce;
  if (reasons.length > 0 && (isFree || waited.announcedMs >= waited.overlapMs))
    return { kind: 'issue', authority, authorityPem, reasons };
  if (assessed.outdated.length > 0)
    return { kind: 'publish', bundle: assessed.bundle, places: assessed.outdated };
  if (reasons.length > 0) return { kind: 'wait', phase: 'announcing' };
  if (previous.length === 0) return { kind: 'nothing' };
  return isFree || waited.switchedMs >= waited.overlapMs
    ? { kind: 'drop-previous', authority, count: previous.length }
    : { kind: 'wait', phase: 'retiring' };
};
