import { shownValue } from '../problem.ts';
import type { NamedSource } from './source-name.ts';
import type { HashSource, Matcher, Percentage } from './ticket.ts';

/** Values of a list that a line shows before it counts the rest. */
const SHOWN_ITEMS = 5;

const listText = (items: readonly string[]): string =>
  items.length <= SHOWN_ITEMS
    ? items.join(', ')
    : `${items.slice(0, SHOWN_ITEMS).join(', ')} and ${items.length - SHOWN_ITEMS} more`;

/** A name as it stands, or quoted where it could be mistaken. */
const nameText = (name: string): string => (/^[\w.-]{1,120}$/.test(name) ? name : shownValue(name));

const comparisonText = (matcher: Matcher): string => {
  switch (matcher.kind) {
    case 'exact':
      return `= ${shownValue(matcher.value)}`;
    case 'prefix':
      return `starts with ${shownValue(matcher.value)}`;
    case 'suffix':
      return `ends with ${shownValue(matcher.value)}`;
    case 'contains':
      return `contains ${shownValue(matcher.value)}`;
    case 'regex':
      return `matches regex ${shownValue(matcher.pattern)}`;
    case 'in':
      return `in ${listText(matcher.values.map(shownValue))}`;
    case 'present':
    case 'absent':
      return `is ${matcher.kind}`;
    default:
      return matcher satisfies never;
  }
};

/** `header foo = "bar"`. */
export const matcherText = (source: NamedSource, name: string, matcher: Matcher): string =>
  `${source} ${nameText(name)} ${comparisonText(matcher)}`;

export const expiryText = (expiresMs: number): string => `before ${new Date(expiresMs).toISOString()}`;

export const methodsText = (methods: readonly string[]): string => `method in ${listText(methods)}`;

export const cidrsText = (cidrs: readonly string[]): string => `sourceIP in ${listText(cidrs)}`;

const sourceText = (source: HashSource): string =>
  source.kind === 'sourceIP' ? 'sourceIP' : `${source.kind} ${nameText(source.name)}`;

/** `percent 20 by cookie uid`. */
export const percentageText = ({ basisPoints, by }: Percentage): string => {
  const percent = `percent ${basisPoints / 100}`;
  switch (by.kind) {
    case 'request':
      return `${percent} of requests`;
    case 'hash':
      return `${percent} by ${sourceText(by.source)}`;
    case 'sticky':
      return `${percent} by sticky cookie ${nameText(by.cookie)}`;
    default:
      return by satisfies never;
  }
};
