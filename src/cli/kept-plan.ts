import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../core/canonical-json.ts';
import type { RoutePlan } from '../core/route-plan.ts';

const FILE = 'plan.json';

/** Changes with what a plan looks like: one that another version kept is not read. */
const FORMAT = 'sluice-plan/2';

const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');

const isPlan = (value: unknown): value is RoutePlan =>
  isRecord(value) && ['hosts', 'pools', 'certificates', 'tcp'].every(part => Array.isArray(value[part]));

/** What came of looking for a kept plan. */
export type Kept =
  | { readonly plan: RoutePlan }
  /** Null: there is none. */
  | { readonly plan: null; readonly reason: string | null };

/**
 * The last plan of a router, in a folder of its own that is meant to be memory (`emptyDir.medium: Memory`): a router
 * that starts while the API server is away serves what it served before (DESIGN 7). Passwords' hashes and private keys are in it, so
 * only its owner may read the file. Its first line says what it is, and the digest of the rest: a file that was cut
 * short is not read.
 */
export class KeptPlan {
  readonly #folder: string;
  #waiting: RoutePlan | null = null;
  #writing: Promise<void> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(): Promise<Kept> {
    let text: string;
    try {
      text = await readFile(join(this.#folder, FILE), 'utf8');
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return { plan: null, reason: isAbsent ? null : String(error) };
    }
    const end = text.indexOf('\n');
    const [format, digest] = text.slice(0, end).split(' ');
    const body = text.slice(end + 1);
    if (format !== FORMAT) return { plan: null, reason: 'another version of Sluice kept it' };
    if (digest !== digestOf(body)) return { plan: null, reason: 'it is damaged' };
    const plan: unknown = JSON.parse(body);
    return isPlan(plan) ? { plan } : { plan: null, reason: 'it holds no plan' };
  }

  /** Keeps a plan, and not those that were waiting before it. Rejects where the folder cannot be written. */
  async write(plan: RoutePlan): Promise<void> {
    this.#waiting = plan;
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting !== null) {
      const plan = this.#waiting;
      this.#waiting = null;
      await this.#replace(JSON.stringify(plan));
    }
  }

  /** Whole or not at all: the file is renamed into its place. */
  async #replace(body: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = join(this.#folder, `.${FILE}.${process.pid}`);
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(`${FORMAT} ${digestOf(body)}\n${body}`);
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.#folder, FILE));
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  }
}
