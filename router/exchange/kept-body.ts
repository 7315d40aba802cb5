import { SMALL_BODY_BYTES } from '../http1/body-framing.ts';
import type { BodySink } from '../http1/chunked-body.ts';

const NOWHERE: BodySink = { bodyBytes: () => undefined, bodyText: () => undefined };

/** Passes on the content of a request and keeps a copy while it is small: a pod may refuse the request after it was sent. */
export class KeptBody implements BodySink {
  /** Null: there was too much of it. */
  text: string | null = '';
  #to: BodySink = NOWHERE;

  begin(): void {
    this.text = '';
    this.#to = NOWHERE;
  }

  /** From now on it is `to` that takes the content. */
  passingTo(to: BodySink): this {
    this.#to = to;
    return this;
  }

  /** Takes note of what is passed on by others. */
  keep(text: string): void {
    const kept = this.text;
    this.text = kept === null || kept.length + text.length > SMALL_BODY_BYTES ? null : kept + text;
  }

  bodyText(text: string): void {
    this.keep(text);
    this.#to.bodyText(text);
  }

  bodyBytes(buffer: Buffer, start: number, end: number): void {
    // What is too long is not even made a string.
    if (this.text !== null) {
      if (this.text.length + end - start > SMALL_BODY_BYTES) this.text = null;
      else this.text += buffer.toString('latin1', start, end);
    }
    this.#to.bodyBytes(buffer, start, end);
  }
}
