/** Something that a request holds until it is over. */
export interface Lease {
  release(address: string): void;
}
