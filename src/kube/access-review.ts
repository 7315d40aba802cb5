import { isRecord } from '../core/canonical-json.ts';
import type { Outcome } from './api-outcome.ts';
import type { Clock } from './clock.ts';
import { unreadable } from './connection/api-failure.ts';
import { callApi } from './connection/call-api.ts';
import type { Connection } from './connection/connection.ts';
import type { Kind, Named, ObjectRef } from './kind.ts';

export type AccessQuestion = {
  readonly serviceAccount: ObjectRef;
  readonly verb: 'get' | 'list' | 'watch';
  readonly kind: Pick<Kind<Named>, 'plural' | 'apiVersions'>;
  readonly ref: ObjectRef;
};

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

const TIMEOUT_MS = 10_000;

/** A ServiceAccount as authorizers know it (authentication.k8s.io). */
const subject = ({ namespace, name }: ObjectRef) => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

const groupOf = ([apiVersion]: AccessQuestion['kind']['apiVersions']): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** Whether a ServiceAccount may do something, by a SubjectAccessReview (authorization.k8s.io/v1). */
export const mayAccess = async (
  { serviceAccount, verb, kind, ref }: AccessQuestion,
  { connection, clock }: { readonly connection: Pick<Connection, 'transport'>; readonly clock: Clock },
): Promise<Outcome<boolean>> => {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      ...subject(serviceAccount),
      resourceAttributes: { ...ref, verb, group: groupOf(kind.apiVersions), resource: kind.plural },
    },
  };
  const answer = await callApi(
    {
      method: 'POST',
      path: PATH,
      body: { contentType: 'application/json', text: JSON.stringify(review) },
    },
    { transport: connection.transport, clock, timeoutMs: TIMEOUT_MS },
  );
  if (!answer.ok) return answer;
  const status = isRecord(answer.value) ? answer.value.status : undefined;
  return isRecord(status) && typeof status.allowed === 'boolean'
    ? { ok: true, value: status.allowed }
    : { ok: false, failure: unreadable(`POST ${PATH}`, 'the answer says neither yes nor no') };
};
