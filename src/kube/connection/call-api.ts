import type { ApiFailure, Outcome } from '../api-outcome.ts';
import type { Clock } from '../clock.ts';
import { failureOf, unreachable, unreadable } from './api-failure.ts';
import { type ApiRequest, type ApiResponse, type Transport, TransportError } from './transport.ts';

/** A page of 500 of the largest objects that we list stays below; what is larger is not read into memory. */
export const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** Of an answer that failed, this much is read: a Status is small, an error page of a proxy need not be. */
const MAX_FAILURE_BYTES = 256 * 1024;

export class AnswerTooLarge extends Error {}

/** The whole body as text, as long as it has at most `maxBytes`. */
const readBody = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new AnswerTooLarge(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
};

/** JSON where it is JSON, else the text: proxies answer in HTML. */
const parsedOrText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The failure that an answer of another status than 2xx is. */
export const refusal = async (asked: string, response: ApiResponse): Promise<ApiFailure> => {
  const text = await readBody(response.body, MAX_FAILURE_BYTES);
  const { status, retryAfterMs } = response;
  return failureOf({ asked, status, retryAfterMs, answer: parsedOrText(text) });
};

export const isSuccess = ({ status }: ApiResponse): boolean => status >= 200 && status < 300;

export type CallOptions = {
  readonly transport: Transport;
  readonly clock: Pick<Clock, 'after'>;
  /** For the whole of it, body included. */
  readonly timeoutMs: number;
  /** @default MAX_ANSWER_BYTES */
  readonly maxBytes?: number;
  /** Somebody else's reason to end it. */
  readonly signal?: AbortSignal;
};

/** Runs `use` with a signal that is aborted after `timeoutMs`, or when `signal` is. */
const withDeadline = async <T>(
  { clock, timeoutMs, signal }: Pick<CallOptions, 'clock' | 'timeoutMs' | 'signal'>,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const cancel = clock.after(timeoutMs, () =>
    deadline.abort(new TransportError(`no whole answer within ${timeoutMs} ms`)),
  );
  try {
    return await use(signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]));
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    cancel();
  }
};

const answerOf = async (
  asked: string,
  response: ApiResponse,
  maxBytes: number,
): Promise<Outcome<unknown>> => {
  if (!isSuccess(response)) return { ok: false, failure: await refusal(asked, response) };
  const text = await readBody(response.body, maxBytes);
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, failure: unreadable(asked, 'the answer is no JSON') };
  }
};

/** One request with its whole answer, as JSON. */
export const callApi = async (
  request: Omit<ApiRequest, 'signal'>,
  options: CallOptions,
): Promise<Outcome<unknown>> => {
  const asked = `${request.method} ${request.path.split('?')[0] ?? ''}`;
  const { transport } = options;
  try {
    const answer = await withDeadline(options, async signal =>
      answerOf(asked, await transport.send({ ...request, signal }), options.maxBytes ?? MAX_ANSWER_BYTES),
    );
    if (!answer.ok && answer.failure.kind === 'unauthorized') transport.renewCredentials();
    return answer;
  } catch (error) {
    if (error instanceof AnswerTooLarge) return { ok: false, failure: unreadable(asked, error.message) };
    return { ok: false, failure: unreachable(asked, error) };
  }
};
