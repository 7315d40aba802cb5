import type { EndpointSlice, SliceEndpoint } from './objects/endpoint-slice.ts';
import { objectName } from './objects/metadata.ts';

/** The slices of two Services arrive in any order: for so long a new endpoint may still turn out to be an edge one (DESIGN 6). */
export const HOLD_BACK_MS = 500;

/** The pod, or the address where there is none. */
const identityOf = ({ targetRef, addresses }: SliceEndpoint): string =>
  targetRef?.uid ?? targetRef?.name ?? addresses.join(' ');

const serviceOf = ({ metadata, service }: EndpointSlice): string =>
  objectName({ namespace: metadata.namespace, name: service ?? '' });

/** What is known of one Service: which slices have which endpoints, and until when some of them are held back. */
type Known = { readonly slices: Map<string, EndpointSlice>; readonly untilMs: Map<string, number> };

const isListed = ({ slices }: Known, identity: string): boolean =>
  [...slices.values()].some(({ endpoints }) => endpoints.some(endpoint => identityOf(endpoint) === identity));

/**
 * Holds back endpoints that first appear already ready, so that no request meant for stable pods meets an edge pod
 * whose edge slice is still on its way. One that was seen before, ready or not, was in that time too.
 */
export class HeldBackEndpoints {
  readonly #services = new Map<string, Known>();

  /** The slice as it is routed to now. `isHeld` false: what was listed before we looked, and edge Services. */
  take(slice: EndpointSlice, nowMs: number, isHeld: boolean): EndpointSlice {
    const name = serviceOf(slice);
    const known = this.#services.get(name) ?? { slices: new Map(), untilMs: new Map() };
    this.#services.set(name, known);
    if (isHeld) {
      for (const endpoint of slice.endpoints) {
        const identity = identityOf(endpoint);
        if (endpoint.ready && !isListed(known, identity)) known.untilMs.set(identity, nowMs + HOLD_BACK_MS);
      }
    }
    known.slices.set(slice.metadata.name, slice);
    return this.#shown(slice, known, nowMs);
  }

  forget(slice: EndpointSlice): void {
    const known = this.#services.get(serviceOf(slice));
    known?.slices.delete(slice.metadata.name);
    if (known?.slices.size === 0) this.#services.delete(serviceOf(slice));
  }

  /** Slices of which endpoints are let go by now, as they are routed to from now on. */
  due(nowMs: number): readonly EndpointSlice[] {
    const out: EndpointSlice[] = [];
    for (const known of this.#services.values()) {
      const free = [...known.untilMs].filter(([, untilMs]) => untilMs <= nowMs).map(([identity]) => identity);
      if (free.length === 0) continue;
      for (const identity of free) known.untilMs.delete(identity);
      const isFree = (endpoint: SliceEndpoint): boolean => free.includes(identityOf(endpoint));
      for (const slice of known.slices.values())
        if (slice.endpoints.some(isFree)) out.push(this.#shown(slice, known, nowMs));
    }
    return out;
  }

  /** When `due` has something next; null: never. */
  get nextMs(): number | null {
    const times = [...this.#services.values()].flatMap(({ untilMs }) => [...untilMs.values()]);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The slice itself where nothing of it is held back: others compare by identity. */
  #shown(slice: EndpointSlice, { untilMs }: Known, nowMs: number): EndpointSlice {
    const isHeld = (endpoint: SliceEndpoint): boolean => (untilMs.get(identityOf(endpoint)) ?? 0) > nowMs;
    if (untilMs.size === 0 || !slice.endpoints.some(isHeld)) return slice;
    const endpoints = slice.endpoints.map(endpoint =>
      isHeld(endpoint) ? { ...endpoint, ready: false, serving: false } : endpoint,
    );
    return { ...slice, endpoints };
  }
}
