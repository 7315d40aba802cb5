import { AddressRates } from './address-rates.ts';

/** An address may try ten passwords at once and one a second. */
const ADDRESS = { intervalMs: 1000, burst: 9 };
/** A user may be tried for from anywhere: twenty at once, two a second. */
const USER = { intervalMs: 500, burst: 19 };
/** Of `passwordWork`, for all of an Ingress: twenty units a second, a third of a core, and ten seconds' worth at once. */
const INGRESS = { intervalMs: 50, burst: 199 };

/** How many unknown passwords are looked at: against guessing, and against what checking costs. */
export class LoginRation {
  readonly #byAddress = new AddressRates(ADDRESS.intervalMs, ADDRESS.burst);
  readonly #byUser = new AddressRates(USER.intervalMs, USER.burst);
  readonly #ofIngress = new AddressRates(INGRESS.intervalMs, INGRESS.burst);

  /** True, and counted, if this password may be looked at; `work` is what that costs. */
  take(address: string, user: string, work: number, nowMs: number): boolean {
    return (
      this.#byAddress.take(address, nowMs) &&
      this.#byUser.take(user, nowMs) &&
      this.#ofIngress.take('', nowMs, Math.max(1, work))
    );
  }
}
