import type { Applied, Origin } from '../core/applied.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { Section, ServiceConfig } from '../core/service-config.ts';
import type { DesiredSection } from './desired-sections.ts';

/** One stored or incoming version of an Ingress, as far as provenance goes. */
export type Version = {
  readonly config: ServiceConfig;
  readonly applied: Applied | undefined;
};

export type Provenance = {
  readonly current: Version;
  readonly old: Version | null;
  /** What the section would be if nobody's hand were in it. */
  readonly anew: DesiredSection;
};

/**
 * Who wrote a section that the new object carries (DESIGN 4, "Provenance"): one that the old object has in
 * the same words keeps its recorded origin, every other is somebody's hand. A new object is its own
 * predecessor, so a copy or a backup keeps the origins that it brings along. A section that says what we would
 * write, under a record that says we did, is our own of a moment ago: another mutating webhook has changed
 * the object since, and the API server calls us again (`reinvocationPolicy`).
 */
export const sectionOrigin = (section: Section, { current, old, anew }: Provenance): Origin | undefined => {
  const written = current.config.sections[section];
  if (written === undefined) return undefined;
  const claimed = current.applied?.sections[section];
  if (claimed === 'hand') return 'hand';
  const text = canonicalJson(written);
  const before = old ?? current;
  const unchanged = canonicalJson(before.config.sections[section]) === text;
  const recorded = unchanged ? before.applied?.sections[section] : undefined;
  if (recorded !== undefined) return recorded;
  const isOurs = anew !== undefined && claimed === anew.origin && canonicalJson(anew.value) === text;
  return isOurs ? anew.origin : 'hand';
};
