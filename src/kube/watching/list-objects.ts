import { isRecord } from '../../core/canonical-json.ts';
import type { ApiFailure } from '../api-outcome.ts';
import { unreadable } from '../connection/api-failure.ts';
import { type CallOptions, callApi } from '../connection/call-api.ts';
import { queryText } from '../connection/resource-path.ts';

export type ListRequest = {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page; null: all in one answer. */
  readonly pageSize: number | null;
};

export type ListEnd =
  | { readonly ok: true; readonly resourceVersion: string }
  | { readonly ok: false; readonly failure: ApiFailure; readonly pagesRead: number };

type Page = {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken: string;
};

/** More pages than a cluster can fill; ends a server that goes round in circles. */
const MAX_PAGES = 100_000;

const readPage = (answer: unknown): Page | null => {
  if (!isRecord(answer) || !isRecord(answer.metadata)) return null;
  const { resourceVersion, continue: token } = answer.metadata;
  // An empty list of Go is null.
  const items = answer.items ?? [];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || resourceVersion === '') return null;
  return { items, resourceVersion, continueToken: typeof token === 'string' ? token : '' };
};

/**
 * Lists everything, page by page; `onItem` is given each item of the pages that came. All pages show one moment,
 * that of the resourceVersion at the end; where a token has become too old (410) the whole list is void.
 */
export const listObjects = async (
  request: ListRequest,
  options: CallOptions,
  onItem: (item: unknown) => void,
): Promise<ListEnd> => {
  let continueToken = '';
  for (let pagesRead = 0; pagesRead < MAX_PAGES; pagesRead += 1) {
    const { path, labelSelector, fieldSelector, pageSize } = request;
    const query = queryText({
      labelSelector,
      fieldSelector,
      limit: pageSize === null ? undefined : String(pageSize),
      continue: continueToken || undefined,
    });
    const answer = await callApi({ method: 'GET', path: `${path}${query}` }, options);
    if (!answer.ok) return { ok: false, failure: answer.failure, pagesRead };
    const page = readPage(answer.value);
    if (page === null || (page.continueToken !== '' && page.continueToken === continueToken)) {
      return { ok: false, failure: unreadable(`list ${path}`, 'the answer is no list'), pagesRead };
    }
    page.items.forEach(onItem);
    if (page.continueToken === '') return { ok: true, resourceVersion: page.resourceVersion };
    continueToken = page.continueToken;
  }
  return {
    ok: false,
    failure: unreadable(`list ${request.path}`, 'the list has no end'),
    pagesRead: MAX_PAGES,
  };
};
