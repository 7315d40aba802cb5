/** What a page says at the moment when it is asked. */
export type PageAnswer = { readonly status: number; readonly type: string; readonly text: string };

/** One page of an admin port; GET and HEAD only, since nothing here changes anything. */
export type AdminPage = {
  readonly path: string;
  /** One line for whoever opens the index. */
  readonly about: string;
  /** What load balancers and probes ask from anywhere; others may be kept to this machine. */
  readonly isPublic?: boolean;
  answer(): PageAnswer | Promise<PageAnswer>;
};

/** One or more lines of plain text. */
export const textAnswer = (status: number, text: string): PageAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  text: `${text}\n`,
});
