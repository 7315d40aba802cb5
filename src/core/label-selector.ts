import { isDnsSubdomain } from './objects/dns-name.ts';
import { failed, ok, type Problem, type Result, shownValue } from './problem.ts';

/** Labels, or the equalities of a selector: Services know no other operator. */
export type Labels = Readonly<Record<string, string>>;

/** True if the labels hold every pair of the selector. An empty selector is left to the caller: a Service's selects nothing. */
export const selects = (selector: Labels, labels: Labels): boolean =>
  Object.keys(selector).every(key => Object.hasOwn(labels, key) && labels[key] === selector[key]);

/** True if whatever `selector` selects is selected by `other` too: `other` adds no pair to it. */
export const implies = (selector: Labels, other: Labels): boolean => selects(other, selector);

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const isLabelName = (text: string): boolean => text.length <= 63 && NAME.test(text);

/** True for a label key: a name of at most 63 characters, with or without a DNS prefix and a slash. */
export const isLabelKey = (text: string): boolean => {
  const slash = text.indexOf('/');
  if (slash === -1) return isLabelName(text);
  return isDnsSubdomain(text.slice(0, slash)) && isLabelName(text.slice(slash + 1));
};

/** True for a label value: empty, or at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends. */
export const isLabelValue = (text: string): boolean => text === '' || isLabelName(text);

const pairMessage = (key: string, value: string | undefined, taken: boolean): string | undefined => {
  if (value === undefined) return 'expected key=value pairs separated by commas, such as "track=edge"';
  if (!isLabelKey(key)) {
    return `${shownValue(key)} is no label key; write letters, digits, "-", "_" and "." (at most 63), with or without a DNS prefix and "/"`;
  }
  if (!isLabelValue(value)) {
    return `${shownValue(value)} is no label value; write at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit`;
  }
  return taken ? `the key ${shownValue(key)} stands there twice; keep one of them` : undefined;
};

/** Reads a comma list of `key=value`, the form in which kubectl takes labels; white space around a part is free. */
export const parseLabelPairs = (text: string, field: string): Result<Labels> => {
  const labels: Record<string, string> = Object.create(null);
  const problems: Problem[] = [];
  for (const pair of text.split(',')) {
    const [key = '', value, ...more] = pair.split('=').map(part => part.trim());
    const whole = more.length > 0 ? undefined : value;
    const message = pairMessage(key, whole, Object.hasOwn(labels, key));
    if (message !== undefined)
      problems.push({ code: 'AnnotationInvalid', field, value: pair.trim(), message });
    else if (whole !== undefined) labels[key] = whole;
  }
  return problems.length > 0 ? failed(...problems.slice(0, 20)) : ok(labels);
};
