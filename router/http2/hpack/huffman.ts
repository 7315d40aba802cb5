/** How many bits each byte takes, and EOS behind them (RFC 7541 B). The code is canonical: the lengths say all of it. */
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const EOS = 256;
const EMITS = 0x1_0000;
const FAILS = 0x2_0000;

type Node = { readonly children: (Node | number)[]; readonly state: number; readonly isPadding: boolean };

/**
 * The code as a machine that takes four bits a step: for each of its 256 states and each nibble the next state, and
 * the byte that is complete with it. No code is shorter than five bits, so it is one at most. 16 KiB stay in the
 * first cache, where a table for whole bytes would not.
 */
const STEPS = new Int32Array(256 * 16);

/** 1 for a state in which a string may end: fewer than eight bits, all ones, since the last byte (RFC 7541 5.2). */
const MAY_END = new Uint8Array(256);

const nodes: Node[] = [];
const addNode = (isPadding: boolean): Node => {
  const node = { children: [], state: nodes.length, isPadding };
  MAY_END[node.state] = isPadding ? 1 : 0;
  nodes.push(node);
  return node;
};

const root = addNode(true);

const childOf = (node: Node, bit: number, depth: number): Node => {
  const known = node.children[bit];
  if (typeof known === 'object') return known;
  const child = addNode(node.isPadding && bit === 1 && depth < 8);
  node.children[bit] = child;
  return child;
};

const addCode = (symbol: number, code: number, length: number): void => {
  let node = root;
  for (let depth = 1; depth < length; depth += 1) {
    node = childOf(node, (code >>> (length - depth)) & 1, depth);
  }
  node.children[code & 1] = symbol;
};

const byLength = CODE_LENGTHS.map((length, symbol) => ({ length, symbol })).sort(
  (a, b) => a.length - b.length || a.symbol - b.symbol,
);
let nextCode = 0;
let lastLength = 0;
for (const { length, symbol } of byLength) {
  nextCode <<= length - lastLength;
  lastLength = length;
  addCode(symbol, nextCode, length);
  nextCode += 1;
}

const stepOf = (start: Node, nibble: number): number => {
  let node = start;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    const next = node.children[(nibble >>> bit) & 1] ?? EOS;
    if (next === EOS) return FAILS;
    if (typeof next === 'number') {
      emitted = EMITS | (next << 8);
      node = root;
    } else {
      node = next;
    }
  }
  return emitted | node.state;
};
for (const node of nodes) {
  for (let nibble = 0; nibble < 16; nibble += 1) STEPS[node.state * 16 + nibble] = stepOf(node, nibble);
}

/** How many bytes a string of that many may become. */
export const longestDecoded = (length: number): number => Math.ceil((length * 8) / 5);

/** Writes what buffer[start, end) stands for to `target`, which has the room; returns where that ends, -1 if it is no code. */
export const huffmanDecode = (
  buffer: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  targetStart: number,
): number => {
  const steps = STEPS;
  let state = 0;
  let to = targetStart;
  let seen = 0;
  for (let at = start; at < end; at += 1) {
    const byte = buffer[at] ?? 0;
    let step = steps[(state << 4) | (byte >>> 4)] ?? FAILS;
    seen |= step;
    if ((step & EMITS) !== 0) {
      target[to] = step >>> 8;
      to += 1;
    }
    state = step & 0xff;
    step = steps[(state << 4) | (byte & 15)] ?? FAILS;
    seen |= step;
    if ((step & EMITS) !== 0) {
      target[to] = step >>> 8;
      to += 1;
    }
    state = step & 0xff;
  }
  return (seen & FAILS) === 0 && MAY_END[state] === 1 ? to : -1;
};
