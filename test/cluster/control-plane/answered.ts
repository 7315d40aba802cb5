import type { ApiRequest } from './api-client.ts';
import type { ControlPlane } from './control-plane.ts';

/** The body of an answer that must be a success; rejects with what the API server said otherwise. */
export const answered = async (plane: Pick<ControlPlane, 'request'>, asked: ApiRequest): Promise<unknown> => {
  const { status, body } = await plane.request(asked);
  if (status >= 200 && status < 300) return body;
  throw new Error(`${asked.method} ${asked.path}: ${status} ${JSON.stringify(body)}`);
};
