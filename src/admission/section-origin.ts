import type { Applied, Origin } from '../core/applied.ts';
import { canonicalJson, isRecord } from '../core/canonical-json.ts';
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
 * A list for each key of a rule, each as it would be written, and none too many. A key without a list is completed
 * anyway, so nobody says anything by leaving one out; in a serviceMap it says that a Service has no edge.
 */
const isPartOf = (written: unknown, whole: unknown): boolean =>
  isRecord(written) &&
  isRecord(whole) &&
  Object.entries(written).every(
    ([key, list]) => Object.hasOwn(whole, key) && canonicalJson(whole[key]) === canonicalJson(list),
  );

/**
 * Who wrote a section that the new object carries (DESIGN 4, "Provenance"): one that the old object has in
 * the same words keeps its recorded origin, every other is somebody's hand. A new object is its own
 * predecessor, so a copy or a backup keeps the origins that it brings along. A section that says what we would
 * write, under a record that says we did, is our own of a moment ago: another mutating webhook has changed
 * the object since, and the API server calls us again (`reinvocationPolicy`). A rule that it has added is not in the
 * `hosts` of then.
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
  if (anew === undefined || claimed === undefined) return 'hand';
  const isOurs =
    section === 'hosts'
      ? isPartOf(written, anew.value)
      : claimed === anew.origin && canonicalJson(anew.value) === text;
  return isOurs ? anew.origin : 'hand';
};
