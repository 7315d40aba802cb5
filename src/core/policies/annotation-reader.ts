import { annotationField, NGINX_PREFIX } from '../annotation-names.ts';
import type { Problem } from '../problem.ts';

/** ingress-nginx' prefix is left out of names; any other prefix is written. */
const fullName = (name: string): string => (name.includes('/') ? name : NGINX_PREFIX + name);

/** Access to one Ingress' annotations for the readers of policies. */
export class AnnotationReader {
  /** What is said beside them is served with a default. */
  readonly problems: Problem[] = [];
  /** Who may ask is uncertain: nothing is served (DESIGN 5, "Already stored but invalid"). */
  readonly accessProblems: Problem[] = [];
  readonly #annotations: Readonly<Record<string, string>>;

  constructor(annotations: Readonly<Record<string, string>>) {
    this.#annotations = annotations;
  }

  text(name: string): string | undefined {
    const full = fullName(name);
    return Object.hasOwn(this.#annotations, full) ? this.#annotations[full] : undefined;
  }

  /** Undefined where it is missing or broken. */
  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined || value === 'true' || value === 'false')
      return value === undefined ? undefined : value === 'true';
    this.refuse(name, 'must be "true" or "false".');
    return undefined;
  }

  /** A whole number in digits; undefined where it is missing or broken. */
  wholeNumber(name: string, min: number, max: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,10}$/.test(value) ? Number(value) : -1;
    if (number >= min && number <= max) return number;
    this.refuse(name, `must be a whole number from ${min} to ${max}.`);
    return undefined;
  }

  refuse(name: string, message: string): void {
    this.problems.push(this.#problem(name, message));
  }

  /** A problem with who may ask: the routes are closed until it is mended. */
  close(name: string, message: string): void {
    this.accessProblems.push(this.#problem(name, message));
  }

  #problem(name: string, message: string): Problem {
    const value = this.text(name);
    return {
      code: 'AnnotationInvalid',
      field: annotationField(fullName(name)),
      ...(value === undefined ? {} : { value }),
      message,
    };
  }
}
