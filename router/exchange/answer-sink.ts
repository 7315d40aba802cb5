/**
 * Where an answer goes, on its way to one client: a head as HTTP/1.1 text, alone or with the start of its body behind it,
 * then the body. The wire of an HTTP/1.1 client takes it as it is.
 */
export interface AnswerSink {
  /** True while bytes wait and no more should come. */
  readonly isBlocked: boolean;
  text(text: string): void;
  /** Takes buffer[start, end), which may be written over afterwards. */
  bytes(buffer: Buffer, start: number, end: number): void;
}
