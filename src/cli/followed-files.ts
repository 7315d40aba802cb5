import type { PlanSink } from '../../router/workers/plan-sink.ts';
import { Primary } from '../../router/workers/primary.ts';
import { formatReport } from '../core/report.ts';
import type { Translation } from '../core/translation/translation.ts';
import { formatManifestError } from '../standalone/manifest-files.ts';
import { type Reading, StandaloneSource } from '../standalone/standalone-source.ts';
import { type AdmissionFlags, admissionOptions } from './admission-flags.ts';
import type { RouterFlags } from './router-flags.ts';
import { standaloneReports, standaloneTranslation } from './standalone-translation.ts';
import { complainOfBug, type Terminal } from './terminal.ts';

/** Where plans go, and when they have arrived. */
export type FollowSink = PlanSink & {
  /** Resolves once every request is decided by the newest plan. */
  applied(): Promise<void>;
};

export type FollowFlags = AdmissionFlags &
  Pick<RouterFlags, 'defaultCertificate'> & { readonly filename: readonly string[] };

/** Prints each remark once, and again only after it had gone. */
class Remarks {
  readonly #terminal: Terminal;
  #shown: ReadonlySet<string> = new Set();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(lines: readonly string[]): void {
    for (const line of lines) if (!this.#shown.has(line)) this.#terminal.complain(line);
    this.#shown = new Set(lines);
  }
}

const remarksOf = ({ warnings }: Reading, { reports }: Translation): readonly string[] => [
  ...warnings.map(warning => `warning: ${formatManifestError(warning)}`),
  ...standaloneReports(reports).map(report => `note: ${formatReport(report)}`),
];

/** A folder without manifests is more often a mistyped one than one that waits for its first. */
const emptyRemarks = (
  { ingressCount }: StandaloneSource,
  { plan }: Translation,
  { filename }: FollowFlags,
): readonly string[] =>
  ingressCount > 0 || plan.tcp.length > 0
    ? []
    : [
        `note: there is no Ingress in ${filename.join(', ')} (of a folder, its .yaml, .yml and .json files are read): every request gets 404 until there is one.`,
      ];

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `2 hosts, 6 routes`, and `, 1 TCP port` where there is one. */
export const summary = ({ plan }: Primary): string => {
  const routes = plan.hosts.reduce((sum, host) => sum + host.routes.length, 0);
  const ports = plan.tcp.length === 0 ? '' : `, ${counted(plan.tcp.length, 'TCP port')}`;
  return `${counted(plan.hosts.length, 'host')}, ${counted(routes, 'route')}${ports}`;
};

/** Does one task at a time; a request during one asks for one more. */
class Repeater {
  readonly #task: () => Promise<void>;
  readonly #onBug: (error: unknown) => void;
  #running = false;
  #again = false;

  constructor(task: () => Promise<void>, onBug: (error: unknown) => void) {
    this.#task = task;
    this.#onBug = onBug;
  }

  async request(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#again) {
      this.#again = false;
      // What is in force goes on being served, and the next change is tried again.
      await this.#task().catch(this.#onBug);
    }
    this.#running = false;
  }
}

/** The files of a running router: read once before it starts, and again after every change. */
export class FollowedFiles {
  readonly source: StandaloneSource;
  readonly primary: Primary;
  readonly #flags: FollowFlags;
  readonly #sink: FollowSink;
  readonly #terminal: Terminal;
  readonly #remarks: Remarks;
  readonly #repeater: Repeater;
  #readAgainTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(flags: FollowFlags, sink: FollowSink, terminal: Terminal) {
    const admission = admissionOptions(flags);
    this.source = new StandaloneSource({ paths: flags.filename, admission, now: Date.now });
    this.primary = new Primary(standaloneTranslation(admission, flags.defaultCertificate), sink);
    this.#sink = sink;
    this.#flags = flags;
    this.#terminal = terminal;
    this.#remarks = new Remarks(terminal);
    this.#repeater = new Repeater(
      () => this.#readAgain(),
      error => complainOfBug(terminal, error),
    );
  }

  /** False if there is something that a person has to correct before anything can be served. */
  async readFirst(): Promise<boolean> {
    const reading = await this.source.read();
    for (const error of reading.errors) this.#terminal.complain(`error: ${formatManifestError(error)}`);
    if (reading.errors.length > 0) return false;
    this.#remarks.show(this.#takeOver(reading));
    return true;
  }

  readAgain(): Promise<void> {
    return this.#repeater.request();
  }

  /** No reading is begun after this. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#readAgainTimer);
  }

  async #readAgain(): Promise<void> {
    const reading = await this.source.read();
    clearTimeout(this.#readAgainTimer);
    if (reading.readAgainInMs !== null && !this.#closed) {
      this.#readAgainTimer = setTimeout(() => void this.readAgain(), reading.readAgainInMs);
    }
    this.#remarks.show([
      ...reading.errors.map(error => `error: ${formatManifestError(error)}`),
      ...this.#takeOver(reading),
    ]);
    await this.#sink.applied();
    const kept = reading.errors.length > 0 ? '; what was in force in place of the errors above still is' : '';
    this.#terminal.print(
      `${new Date().toISOString()} read ${this.#flags.filename.join(', ')}: ${summary(this.primary)}${kept}`,
    );
  }

  #takeOver(reading: Reading): readonly string[] {
    const translation = this.primary.update(this.source);
    return [...remarksOf(reading, translation), ...emptyRemarks(this.source, translation, this.#flags)];
  }
}
