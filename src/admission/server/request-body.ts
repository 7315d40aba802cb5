import type { IncomingMessage } from 'node:http';
import type { ReviewLoad } from './review-load.ts';
import type { WebhookClock } from './webhook-clock.ts';

export type BodyFault =
  | 'tooLarge'
  /** The caller has given up by now. */
  | 'tooLate'
  | 'overloaded'
  /** The connection ended first: there is nobody to answer. */
  | 'cutOff';

export type BodyOutcome =
  /** The bytes are held in the load until somebody releases them. */
  { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly fault: BodyFault };

export type BodyTerms = {
  readonly maxBytes: number;
  readonly withinMs: number;
  readonly load: ReviewLoad;
  readonly clock: Pick<WebhookClock, 'after'>;
};

/**
 * Reads the body of a request within a time and a size. One that is too large is read to its end without being kept,
 * and answered then: who is answered and hung up on while it still writes gets a reset, and no answer. Above twice the
 * limit it is answered at once, and above three times it is cut off.
 */
export const readBody = (request: IncomingMessage, terms: BodyTerms): Promise<BodyOutcome> =>
  new Promise(resolve => {
    const { maxBytes, load } = terms;
    let chunks: Buffer[] = [];
    let length = 0;
    let heldBytes = 0;
    let isTooLarge = false;
    let isSettled = false;
    const settle = (outcome: BodyOutcome): void => {
      if (isSettled) return;
      isSettled = true;
      stopWaiting();
      if (!outcome.ok) load.release(heldBytes);
      chunks = [];
      resolve(outcome);
    };
    const refuse = (fault: BodyFault): void => settle({ ok: false, fault });
    const refuseAtItsEnd = (): void => {
      isTooLarge = true;
      chunks = [];
      load.release(heldBytes);
      heldBytes = 0;
    };
    const stopWaiting = terms.clock.after(terms.withinMs, () => refuse(isTooLarge ? 'tooLarge' : 'tooLate'));
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > 3 * maxBytes) request.destroy();
      if (isSettled) return;
      if (length > 2 * maxBytes) refuse('tooLarge');
      else if (isTooLarge) return;
      else if (length > maxBytes) refuseAtItsEnd();
      else if (!load.hold(chunk.length)) refuse('overloaded');
      else {
        heldBytes += chunk.length;
        chunks.push(chunk);
      }
    });
    request.on('end', () =>
      isTooLarge ? refuse('tooLarge') : settle({ ok: true, bytes: Buffer.concat(chunks) }),
    );
    request.on('error', () => refuse('cutOff'));
    request.on('close', () => refuse('cutOff'));
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > 2 * maxBytes) refuse('tooLarge');
    else if (announced > maxBytes) refuseAtItsEnd();
  });
