/** An instruction of re2js. */
type Instruction = { readonly op: number; readonly out: number; readonly arg: number };

export type Program = { getInst(at: number): Instruction; numInst(): number };

// Instructions that read nothing, as re2js numbers them.
const ALTERNATIVE = 1;
const ALTERNATIVE_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const NOTHING = 7;

export type Closure = { readonly pcs: number[]; readonly needflags: number };

/**
 * Everything that instructions lead to without reading, in ascending order, and the empty-width conditions met on the way:
 * what `DFA.closure` of re2js finds, several times as fast. A new state costs little else.
 */
export const fastClosure = (program: Program): ((from: readonly number[], conditions: number) => Closure) => {
  const instructions = Array.from({ length: program.numInst() }, (_, at) => program.getInst(at));
  const ops = Uint8Array.from(instructions, ({ op }) => op);
  const outs = Int32Array.from(instructions, ({ out }) => out);
  const args = Int32Array.from(instructions, ({ arg }) => arg);
  const known = new Int32Array((ops.length + 31) >> 5);
  const waiting = new Int32Array(ops.length);
  let top = 0;
  let size = 0;
  const add = (at: number): void => {
    const word = known[at >> 5] ?? 0;
    const bit = 1 << (at & 31);
    // Instruction 0 fails.
    if (at === 0 || (word & bit) !== 0) return;
    known[at >> 5] = word | bit;
    waiting[top] = at;
    top += 1;
    size += 1;
  };
  return (from, conditions) => {
    known.fill(0);
    size = 0;
    let needflags = 0;
    for (let nth = 0; nth < from.length; nth += 1) add(from[nth] ?? 0);
    while (top > 0) {
      top -= 1;
      const at = waiting[top] ?? 0;
      const op = ops[at];
      const arg = args[at] ?? 0;
      if (op === EMPTY_WIDTH) needflags |= arg;
      if (op === ALTERNATIVE || op === ALTERNATIVE_MATCH) add(arg);
      const leadsOn =
        op === ALTERNATIVE ||
        op === ALTERNATIVE_MATCH ||
        op === CAPTURE ||
        op === NOTHING ||
        (op === EMPTY_WIDTH && (arg & ~conditions) === 0);
      if (leadsOn) add(outs[at] ?? 0);
    }
    return { pcs: ascending(known, size), needflags };
  };
};

/** The numbers of the bits that are set. */
const ascending = (bits: Int32Array, size: number): number[] => {
  const numbers = new Array<number>(size);
  let count = 0;
  for (let at = 0; at < bits.length; at += 1) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1) {
      numbers[count] = (at << 5) + 31 - Math.clz32(word & -word);
      count += 1;
    }
  }
  return numbers;
};
