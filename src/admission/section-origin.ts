import type { Applied, Origin } from '../core/applied.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { Section, ServiceConfig } from '../core/service-config.ts';

/** One stored or incoming version of an Ingress, as far as provenance goes. */
export type Version = {
  readonly config: ServiceConfig;
  readonly applied: Applied | undefined;
};

/**
 * Who wrote a section that the new object carries (DESIGN 4, "Provenance"): one that the old object has in
 * the same words keeps its recorded origin, every other is somebody's hand. A new object is its own
 * predecessor, so a copy or a backup keeps the origins that it brings along.
 */
export const sectionOrigin = (
  section: Section,
  current: Version,
  old: Version | null,
): Origin | undefined => {
  const written = current.config.sections[section];
  if (written === undefined) return undefined;
  const before = old ?? current;
  const unchanged = canonicalJson(before.config.sections[section]) === canonicalJson(written);
  return (unchanged ? before.applied?.sections[section] : undefined) ?? 'hand';
};
