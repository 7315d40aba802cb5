import { type AdminPage, type PageAnswer, textAnswer } from './admin-page.ts';

/** Null: yes. Otherwise why not, in one line. */
export type Check = () => string | null;

export type HealthChecks = {
  /** False where only a restart helps. */
  readonly alive: Check;
  /** False where requests should go elsewhere. */
  readonly ready: Check;
  /** What else there is to say of one that is ready, in one line; null: nothing. */
  readonly remark?: () => string | null;
};

const yesOrReason = (reason: string | null, remark: string | null = null): PageAnswer => {
  if (reason !== null) return textAnswer(503, reason);
  return textAnswer(200, remark === null ? 'ok' : `ok; ${remark}`);
};

/** The two questions that Kubernetes and load balancers ask. */
export const healthPages = (checks: HealthChecks): readonly AdminPage[] => [
  {
    path: '/healthz',
    isPublic: true,
    about: '200 while it works, else 503: restart it',
    answer: () => yesOrReason(checks.alive()),
  },
  {
    path: '/readyz',
    isPublic: true,
    about: '200 while it takes requests, else 503: send them elsewhere',
    answer: () => yesOrReason(checks.ready(), checks.remark?.()),
  },
];
