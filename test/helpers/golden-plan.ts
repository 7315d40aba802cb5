import { createHash } from 'node:crypto';
import { isRecord } from '../../src/core/canonical-json.ts';
import type { KubernetesObject } from '../../src/core/objects/objects.ts';
import { parseObject } from '../../src/core/objects/parse-object.ts';
import { snapshotOf } from '../../src/core/objects/snapshot-of.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { formatReport } from '../../src/core/report.ts';
import type { CertificatePlan } from '../../src/core/route-plan.ts';
import { type TranslateOptions, translate } from '../../src/core/translate.ts';
import { WORLD_OPTIONS } from './stored-world.ts';

/**
 * The first document of a golden plan, where the installation differs from standalone's defaults; the other
 * documents are all that is stored.
 */
type GoldenCase = {
  readonly kind: 'GoldenCase';
  readonly why?: string;
  readonly options?: Partial<TranslateOptions>;
  /** Recorded claims: domain -> namespace. */
  readonly claims?: Readonly<Record<string, string>>;
};

const CASE_FIELDS: ReadonlySet<string> = new Set(['kind', 'why', 'options', 'claims']);

const isGoldenCase = (value: unknown): value is GoldenCase => {
  if (!isRecord(value) || value.kind !== 'GoldenCase') return false;
  const unknown = Object.keys(value).filter(name => !CASE_FIELDS.has(name));
  if (unknown.length > 0) throw new Error(`GoldenCase has no field ${unknown.join(', ')}`);
  return true;
};

const digest = (text: string): string =>
  `sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

/** Nobody reads PEM, and no key is ever printed. */
const shownCertificate = ({ id, chain, key }: CertificatePlan) => ({
  id,
  chain: digest(chain),
  key: digest(key),
});

/** Objects that cannot be read, reports, the edge Services that should be there, and the plan. */
export const goldenOutput = (documents: readonly unknown[]): unknown => {
  const [first] = documents;
  const golden: GoldenCase = isGoldenCase(first) ? first : { kind: 'GoldenCase' };
  const objects: KubernetesObject[] = [];
  const unreadable: string[] = [];
  documents.slice(golden === first ? 1 : 0).forEach((document, fileOrder) => {
    const parsed = parseObject(document, { fileOrder });
    if (parsed.ok) objects.push(parsed.value);
    else
      unreadable.push(...parsed.problems.map(problem => `document ${fileOrder}: ${formatProblem(problem)}`));
  });
  const { plan, reports, edgeServices } = translate(snapshotOf(objects), {
    ...WORLD_OPTIONS,
    ...golden.options,
    recordedClaims: new Map(Object.entries(golden.claims ?? {})),
  });
  return {
    unreadable,
    reports: reports.map(formatReport),
    edgeServices: edgeServices.map(({ namespace, name, stable, track, selector }) => ({
      name: `${namespace}/${name}`,
      of: `${stable}, track ${track}`,
      selector,
    })),
    plan: { ...plan, certificates: plan.certificates.map(shownCertificate) },
  };
};
