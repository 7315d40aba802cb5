import { wholeSnapshot } from './object-changes.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import type { Translation, TranslatorOptions } from './translation/translation.ts';
import { Translator } from './translation/translator.ts';

export type TranslateOptions = TranslatorOptions & {
  /** Claims that the controller has recorded: domain -> namespace. */
  readonly recordedClaims?: ReadonlyMap<string, string>;
};

/** Objects -> plan, once (DESIGN 10): what a Translator says that has seen these objects and no others. */
export const translate = (
  snapshot: ObjectSnapshot,
  { recordedClaims, ...options }: TranslateOptions,
): Translation => {
  const translator = new Translator(options);
  translator.apply(wholeSnapshot(snapshot, recordedClaims));
  const { plan, reports, edgeServices } = translator;
  return { plan, reports, edgeServices, holderOf: domain => translator.holderOf(domain) };
};
