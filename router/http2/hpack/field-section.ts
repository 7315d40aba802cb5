import { parsedContentLength } from '../../http1/characters.ts';
import { HEADER_KIND, type HeaderField } from './header-field.ts';

/** How much of a section is kept. */
export type SectionLimits = { readonly maxBytes: number; readonly maxFields: number };

/** The fields of one HEADERS and its CONTINUATIONs, in their order; reused for every section. */
export class FieldSection {
  readonly fields: HeaderField[] = [];
  count = 0;
  /** Of all its fields, kept or not, as SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113 6.5.2). */
  size = 0;
  /** True if it has more than the limits: what is beyond them is counted, and not kept. */
  isTooLarge = false;
  /** -1 where there is none, -2 where it is no number or there are several. */
  contentLength = -1;
  #limits: SectionLimits = { maxBytes: 0, maxFields: 0 };

  begin(limits: SectionLimits): void {
    this.#limits = limits;
    this.count = 0;
    this.size = 0;
    this.isTooLarge = false;
    this.contentLength = -1;
  }

  add(field: HeaderField): void {
    this.size += field.size;
    if (this.size > this.#limits.maxBytes || this.count === this.#limits.maxFields) {
      this.isTooLarge = true;
      return;
    }
    if (field.kind === HEADER_KIND.contentLength) {
      this.contentLength = this.contentLength === -1 ? (parsedContentLength(field.value) ?? -2) : -2;
    }
    this.fields[this.count] = field;
    this.count += 1;
  }

  /** The field at that place; only those below `count` are of this section. */
  at(index: number): HeaderField | undefined {
    return index < this.count ? this.fields[index] : undefined;
  }
}
