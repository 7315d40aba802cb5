import type { ActOutcome } from './act.ts';
import { ACTION_KINDS, type Action, actionKey } from './decide/action.ts';
import type { Decision } from './decide/decide-actions.ts';

/** `unchanged`: the API server holds the very same as before, as after a repair with the webhook away. */
export const WRITE_OUTCOMES = ['done', 'unchanged', 'stale', 'failed'] as const;

export type WriteOutcomeName = (typeof WRITE_OUTCOMES)[number];

export type WriteCounts = Readonly<Record<Action['kind'], Readonly<Record<WriteOutcomeName, number>>>>;

/** What a controller has done, and what its last look came to; for /metrics and /readyz. */
export type ControllerStatus = {
  readonly looks: number;
  /** Looks that threw. */
  readonly bugs: number;
  readonly writes: WriteCounts;
  /** Ingresses that turned out to be repaired in vain. */
  readonly contested: number;
  /** Null: no look yet, or somebody else leads. */
  readonly lastLook: LastLook | null;
};

export type LastLook = Pick<Decision, 'edgeServices' | 'claims'> & {
  /** Writes that are due or wait for their time, by kind. */
  readonly pending: Readonly<Record<Action['kind'], number>>;
  /** What is the case of stored objects, by reason. */
  readonly notices: Readonly<Record<string, number>>;
};

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>;

const countBy = (names: Iterable<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const outcomeName = (outcome: ActOutcome): WriteOutcomeName => {
  if (outcome.kind === 'done') return outcome.changed ? 'done' : 'unchanged';
  return outcome.kind === 'failed' ? 'failed' : 'stale';
};

/** What a controller remembers of itself. */
export class ControllerRecord {
  readonly #writes = Object.fromEntries(ACTION_KINDS.map(kind => [kind, zeros(WRITE_OUTCOMES)])) as Record<
    Action['kind'],
    Record<WriteOutcomeName, number>
  >;
  #looks = 0;
  #bugs = 0;
  #contested = 0;
  #decision: Decision | null = null;
  #pending = new Map<string, Action['kind']>();

  decided(decision: Decision): void {
    this.#looks += 1;
    this.#decision = decision;
    this.#pending = new Map(decision.actions.map(action => [actionKey(action), action.kind]));
  }

  acted(action: Action, outcome: ActOutcome): void {
    this.#writes[action.kind][outcomeName(outcome)] += 1;
    if (outcome.kind === 'done') this.#pending.delete(actionKey(action));
  }

  contested(): void {
    this.#contested += 1;
  }

  bug(): void {
    this.#bugs += 1;
  }

  /** What was seen while leading says nothing about now. */
  status(isLeader: boolean): ControllerStatus {
    const decision = isLeader ? this.#decision : null;
    return {
      looks: this.#looks,
      bugs: this.#bugs,
      writes: this.#writes,
      contested: this.#contested,
      lastLook:
        decision === null
          ? null
          : {
              edgeServices: decision.edgeServices,
              claims: decision.claims,
              pending: { ...zeros(ACTION_KINDS), ...countBy(this.#pending.values()) },
              notices: countBy(decision.notices.map(({ reason }) => reason)),
            },
    };
  }
}
