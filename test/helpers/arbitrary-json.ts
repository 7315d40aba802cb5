import fc from 'fast-check';

/** Names that a careless look-up finds on every JavaScript object. */
export const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'] as const;

/** Any JSON value, often made of the given words, so that it comes near to what a grammar expects. */
export const jsonOf = (words: readonly string[]): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(
        fc.constantFrom<unknown>(...words, ...PROTOTYPE_NAMES, null, true, 0, 5, 100, ''),
        fc.string(),
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(fc.oneof(fc.constantFrom(...words, ...PROTOTYPE_NAMES), fc.string()), tie('value')), {
          maxLength: 5,
        })
        // As JSON.parse does it: `__proto__` becomes a member like any other.
        .map(members =>
          JSON.parse(`{${members.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`),
        ),
    ),
  })).value;
