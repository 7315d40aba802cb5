import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { STANDALONE_OPTIONS } from '../../../src/admission/admission-options.ts';
import { LONE_VIEW } from '../../../src/admission/cluster-view.ts';
import { parseReview } from '../../../src/admission/review-request.ts';
import { reviewResponse } from '../../../src/admission/review-response.ts';
import { WEBHOOKS } from '../../../src/admission/review-verdict.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';

/** The product's admission behind the plainest HTTPS server, which a test can take away and bring back. */
export type ReviewServer = {
  /** `https://127.0.0.1:PORT`; the same after it was away. */
  readonly url: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

const OPTIONS = {
  ...STANDALONE_OPTIONS,
  everyClass: false,
  classes: [{ name: 'sluice', entry: '' }],
  catchAllNamespaces: [],
};

const answerTo = (path: string, text: string): string => {
  const review = parseReview(JSON.parse(text) as unknown);
  if (!review.ok) throw new Error(JSON.stringify(review.problems));
  const webhook = path.startsWith('/validate') ? 'validate' : 'mutate';
  const verdict = WEBHOOKS[webhook](review.value, {
    options: OPTIONS,
    view: LONE_VIEW,
    nowMs: Date.now(),
    excludedNamespaces: ['sluice-system', 'kube-system'],
  });
  return JSON.stringify(reviewResponse(review.value, verdict));
};

const newServer = (credentials: { readonly key: string; readonly cert: string }): Server =>
  createServer(credentials, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(answerTo(request.url ?? '', text));
    });
  });

export const startReviewServer = async (plane: ControlPlane): Promise<ReviewServer> => {
  const { key, certificate: cert } = plane.authority.issue(['127.0.0.1']);
  let server = newServer({ key, cert });
  const listen = async (port: number): Promise<number> => {
    server = newServer({ key, cert }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    url: `https://127.0.0.1:${port}`,
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    start: async () => {
      await listen(port);
    },
  };
};
