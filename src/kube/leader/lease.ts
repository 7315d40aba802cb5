import { parseFields } from '../../core/objects/field-reader.ts';
import type { Metadata } from '../../core/objects/metadata.ts';
import { readMetadata } from '../../core/objects/read-metadata.ts';
import type { Kind } from '../kind.ts';

/** coordination.k8s.io/v1 Lease, as far as an election reads it. */
export type Lease = {
  readonly metadata: Metadata;
  /** Empty: nobody, it was given back. */
  readonly holder: string;
  readonly durationMs: number | null;
  /** As written: only whether it changes means anything, since its writer's clock is not ours. */
  readonly renewTime: string;
  readonly transitions: number;
};

export const LEASE: Kind<Lease> = {
  name: 'Lease',
  plural: 'leases',
  scope: 'namespaced',
  apiVersions: ['coordination.k8s.io/v1'],
  parse: value =>
    parseFields(value, { kind: 'Lease', apiVersions: ['coordination.k8s.io/v1'] }, fields => {
      const spec = fields.child('spec');
      const seconds = spec.optionalCount('leaseDurationSeconds');
      return {
        metadata: readMetadata(fields, { scope: 'namespaced', name: 'subdomain' }),
        holder: spec.text('holderIdentity', ''),
        durationMs: seconds === null || seconds === 0 ? null : seconds * 1000,
        renewTime: spec.text('renewTime', ''),
        transitions: spec.optionalCount('leaseTransitions') ?? 0,
      };
    }),
};

/** MicroTime (meta/v1) takes exactly six digits. */
export const microTime = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000Z');
