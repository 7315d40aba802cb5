import { HSTS } from '../annotation-names.ts';
import type { PolicyOf } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';

/** A hundred years: whatever is longer is a slip. */
const MAX_AGE_SECONDS = 3_155_760_000;

/** What browsers' lists of HSTS hosts ask of those who want to be on them. */
const PRELOAD_SECONDS = 31_536_000;

type Directive = 'max-age' | 'includesubdomains' | 'preload';

/** Undefined for what is no directive that means anything. */
const directiveOf = (text: string): readonly [Directive, number] | undefined => {
  const [, quote, seconds, flag] =
    /^max-age\s*=\s*("?)(\d{1,10})\1$|^(includesubdomains|preload)$/i.exec(text) ?? [];
  if (quote !== undefined && Number(seconds) <= MAX_AGE_SECONDS) return ['max-age', Number(seconds)];
  const name = flag?.toLowerCase();
  return name === 'includesubdomains' || name === 'preload' ? [name, 0] : undefined;
};

const FORM = `must be such as "max-age=31536000; includeSubDomains": max-age in seconds (at most ${MAX_AGE_SECONDS}) once, and, if wanted, includeSubDomains and preload.`;

/** `sluice.dev/hsts`: a Strict-Transport-Security (RFC 6797 6.1), in one spelling. */
export const readHsts = (reader: AnnotationReader): PolicyOf<'hsts'> | undefined => {
  const text = reader.text(HSTS);
  if (text === undefined) return undefined;
  const written = text.split(';').map(part => part.trim());
  // An empty directive is one, as the grammar has it.
  const directives = written.filter(part => part !== '').map(directiveOf);
  const found = new Map(directives.flatMap(directive => (directive === undefined ? [] : [directive])));
  const maxAge = found.get('max-age');
  if (maxAge === undefined || found.size !== directives.length) {
    reader.refuse(HSTS, FORM);
    return undefined;
  }
  const isPreloadable = found.has('includesubdomains') && maxAge >= PRELOAD_SECONDS;
  if (found.has('preload') && !isPreloadable) {
    reader.refuse(
      HSTS,
      `preload needs includeSubDomains and a max-age of at least ${PRELOAD_SECONDS} beside it: browsers' lists take nothing else.`,
    );
    return undefined;
  }
  const flags = `${found.has('includesubdomains') ? '; includeSubDomains' : ''}${found.has('preload') ? '; preload' : ''}`;
  return { kind: 'hsts', value: `max-age=${maxAge}${flags}` };
};
