import { type GrammarContext, isTooLong, report, TOO_LONG } from './grammar-context.ts';
import { headerNameProblem } from './reserved-header.ts';

/** Where a value with a name comes from. */
export type NamedSource = 'header' | 'cookie' | 'query';

/** What one thing of that source is called. */
export const sourceLabel = (source: NamedSource): string => (source === 'query' ? 'query parameter' : source);

const cookieNameProblem = (name: string): string | undefined =>
  /[\x00-\x1f\x7f=;]/.test(name) || name !== name.trim()
    ? 'can be no name of a cookie: it must have no "=", no ";", no control character, and no space at its ends'
    : undefined;

const nameProblem = (source: NamedSource, name: string): string | undefined => {
  if (name === '') return `is an empty name of a ${sourceLabel(source)}: write a name`;
  switch (source) {
    case 'header':
      return headerNameProblem(name);
    case 'cookie':
      return cookieNameProblem(name);
    case 'query':
      // Percent-decoding lets a query parameter have any name.
      return undefined;
    default:
      return source satisfies never;
  }
};

/** The name as facts are asked for it, header names in lower case; undefined (and a problem) where it may not stand. */
export const readSourceName = (
  context: GrammarContext,
  name: string,
  at: { readonly source: NamedSource; readonly field: string },
): string | undefined => {
  const { source, field } = at;
  const problem = isTooLong(name) ? TOO_LONG.slice(0, -1) : nameProblem(source, name);
  if (problem === undefined) return source === 'header' ? name.toLowerCase() : name;
  report(context, 'TicketInvalid', { field, value: name, message: `${problem}.` });
  return undefined;
};
