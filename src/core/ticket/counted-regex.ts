import type { RE2JS } from 're2js';
import { END_OF_TEXT, reexpands } from './conditional-state.ts';
import { type Closure, fastClosure, type Program } from './fast-closure.ts';
import type { MatchingBudget } from './matching-budget.ts';

/** States that one regex may cache, in bytes; re2js' own 8 MiB × 64 regexes would let one Ingress fill a worker. */
const DFA_CACHE_BYTES = 1024 * 1024;

/** Where a match may begin, as re2js numbers it. */
const ANYWHERE = 0;
const AT_START = 1;
/** `EMPTY_BEGIN_TEXT` of re2js: the regex begins with `^` or `\A`. */
const BEGIN_OF_TEXT = 4;

// What is used of the inside of re2js, whose version is fixed; a test compares it with re2js left alone.
type State = {
  /** The instructions that the regex may be at. */
  readonly nfaStates: readonly number[];
  readonly flag: number;
  readonly isMatch: boolean;
  /** By class of the next character; null: not computed yet. */
  readonly next: readonly (State | null)[] | null;
  readonly nextAnchored: readonly (State | null)[] | null;
};
type Input = {
  endPos(): number;
  /** The character at a position, shifted by three, and its width in the bits below. */
  step(at: number): number;
};
type Dfa = {
  stateBudget: number;
  memBudget: number;
  readonly numClasses: number;
  closure: (from: number[], conditions: number) => Closure;
  match: (input: Input, at: number, anchor: number) => boolean;
  start(input: Input, at: number): State | null;
  step(state: State, characterClass: number, character: number, anchor: number): State | null;
  runeClass(character: number): number;
  resetCache(state: State): State | null;
};
type Engine = {
  readonly dfa: Dfa;
  readonly prog: Program;
  readonly cond: number;
  prefixComplete: boolean;
  prefilter: unknown;
  onepass: unknown;
};

/**
 * Searches with the automaton of re2js alone, and counts what that costs: a step for each state at each byte, whether it
 * was cached or not. So a request costs the same whatever was asked before it.
 */
class CountedSearch {
  readonly #dfa: Dfa;
  readonly #anchor: number;
  readonly #programSize: number;
  /** Beside the states: the table of transitions of a new one is as long as there are classes of characters. */
  readonly #stepsOfTable: number;
  budget: MatchingBudget;
  /** Whether it ends with the first match, or where no longer one can follow. */
  endsWithMatch = true;
  stepsTaken = 0;

  constructor({ dfa, cond, prog }: Engine, budget: MatchingBudget) {
    this.#dfa = dfa;
    this.#anchor = (cond & BEGIN_OF_TEXT) === 0 ? ANYWHERE : AT_START;
    this.#programSize = prog.numInst();
    this.#stepsOfTable = 1 + (dfa.numClasses >> 4);
    this.budget = budget;
  }

  run(input: Input): boolean {
    const dfa = this.#dfa;
    const anchor = this.#anchor;
    const end = input.endPos();
    let steps = 0;
    let isMatch = false;
    let state = dfa.start(input, 0);
    for (let at = 0; state !== null; ) {
      const read = at < end ? input.step(at) : 0;
      const character = at < end ? read >> 3 : END_OF_TEXT;
      steps += this.#stepsAt(state, character);
      if (steps > this.budget.left) break;
      const characterClass = at < end ? dfa.runeClass(character) : dfa.numClasses;
      const table = anchor === AT_START ? state.nextAnchored : state.next;
      state = table?.[characterClass] ?? this.#computed(state, characterClass, character);
      isMatch = state?.isMatch === true;
      // Anchored, and nothing can come of it any more: no state is left.
      if ((isMatch && this.endsWithMatch) || at >= end || state?.nfaStates.length === 0) break;
      at += read & 7;
    }
    if (state === null) throw new Error('a state of a regex within the limits fits into the cache');
    this.stepsTaken = steps;
    return this.budget.spend(steps) && isMatch;
  }

  #stepsAt(state: State, character: number): number {
    const states = reexpands(state.flag, character) ? this.#programSize : state.nfaStates.length;
    return this.#stepsOfTable + states;
  }

  #computed(state: State, characterClass: number, character: number): State | null {
    const dfa = this.#dfa;
    const next = dfa.step(state, characterClass, character, this.#anchor);
    if (next !== null) return next;
    const kept = dfa.resetCache(state);
    return kept === null ? null : dfa.step(kept, characterClass, character, this.#anchor);
  }
}

type Subject = string | Uint8Array;

/** A compiled regex whose searches are counted. */
export class CountedRegex {
  readonly #compiled: RE2JS;
  #search: CountedSearch | null = null;

  constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  /** Whether it matches somewhere in text or UTF-8 bytes, within the budget. */
  test(subject: Subject, budget: MatchingBudget): boolean {
    return !budget.isExhausted && this.#run(subject, budget, true);
  }

  /**
   * Spends what it costs to find the groups of a regex that is anchored at the start: that visits at most the states that
   * the automaton is in at each byte, takes up to four times as long for each, and longer the more groups it carries along.
   */
  spendOnGroups(subject: Subject, budget: MatchingBudget): boolean {
    if (budget.isExhausted) return false;
    this.#run(subject, budget, false);
    const again = (this.#search?.stepsTaken ?? 0) * (3 + (this.#compiled.groupCount() >> 2));
    const bitsOfVisits = (this.#compiled.programSize() * (subject.length + 1)) >> 5;
    return !budget.isExhausted && budget.spend(again + bitsOfVisits);
  }

  #run(subject: Subject, budget: MatchingBudget, endsWithMatch: boolean): boolean {
    this.#search ??= countedSearch(this.#compiled, budget);
    this.#search.budget = budget;
    this.#search.endsWithMatch = endsWithMatch;
    return this.#compiled.test(subject);
  }
}

/** Not made when a regex is compiled: building the DFA takes up to 10 ms, and admission never needs it. */
const countedSearch = (compiled: RE2JS, budget: MatchingBudget): CountedSearch => {
  const engine: Engine = compiled.re2();
  const { dfa } = engine;
  dfa.stateBudget = DFA_CACHE_BYTES;
  dfa.memBudget = DFA_CACHE_BYTES;
  dfa.closure = fastClosure(engine.prog);
  const search = new CountedSearch(engine, budget);
  dfa.match = input => search.run(input);
  // Ways round the automaton, whose costs nobody counts.
  engine.prefixComplete = false;
  engine.prefilter = null;
  engine.onepass = null;
  return search;
};
