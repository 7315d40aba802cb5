import { type Report, reportIdentity } from '../report.ts';
import { SortedParts } from '../sorted-parts.ts';

const NONE: readonly Report[] = [];

/** Reports by what they came from, so that whatever is looked at anew replaces its own and no others. */
export class ReportBook {
  readonly #byOrigin = new Map<string, readonly Report[]>();
  /** How many origins tell the same: each is listed once. */
  readonly #counts = new Map<string, number>();
  readonly #sorted = new SortedParts<Report>();

  /** `origin`: any text that is one look's own, e.g. `host taobao.com`. */
  set(origin: string, reports: readonly Report[]): void {
    const before = this.#byOrigin.get(origin) ?? NONE;
    if (before.length === 0 && reports.length === 0) return;
    if (reports.length === 0) this.#byOrigin.delete(origin);
    else this.#byOrigin.set(origin, reports);
    const after = reports.map(report => [reportIdentity(report), report] as const);
    for (const [identity, report] of after) this.#add(identity, report);
    for (const report of before) this.#remove(reportIdentity(report));
  }

  /** Each once, sorted by object; the same list until something changes. */
  get list(): readonly Report[] {
    return this.#sorted.list;
  }

  #add(identity: string, report: Report): void {
    const count = this.#counts.get(identity) ?? 0;
    this.#counts.set(identity, count + 1);
    if (count === 0) this.#sorted.set(identity, report);
  }

  #remove(identity: string): void {
    const count = this.#counts.get(identity) ?? 0;
    if (count > 1) this.#counts.set(identity, count - 1);
    else {
      this.#counts.delete(identity);
      this.#sorted.delete(identity);
    }
  }
}
