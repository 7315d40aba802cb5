import type { TestFn } from 'ava';
import { type BackendNetwork, canMakeNetworks, newBackendNetwork } from '../backend-network.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { installProduct, type Product } from '../install-product.ts';

/** Asked within a test only. */
export type PlaneWithProduct = {
  readonly plane: () => ControlPlane;
  readonly product: () => Product;
  /** One that nobody else has, for a backend. */
  readonly nextAddress: () => string;
};

/** Only root may make the addresses of pods. */
export const canInstall = canMakeNetworks;

/** A control plane with Sluice installed in it, for the tests of one file. */
export const productForTests = (test: TestFn, addressCount = 40): PlaneWithProduct => {
  const plane = planeForTests(test);
  let network: BackendNetwork | null = null;
  let product: Product | null = null;
  let taken = 0;
  const nextAddress = (): string => {
    const address = network?.addresses[taken];
    taken += 1;
    if (address === undefined) throw new Error(`there are ${addressCount} addresses, and all are taken`);
    return address;
  };
  test.serial.before(async t => {
    if (!canInstall) return;
    t.timeout(120_000);
    const startedMs = performance.now();
    network = await newBackendNetwork(addressCount);
    product = await installProduct(plane(), nextAddress);
    t.log(`Sluice was installed within ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  });
  test.after.always(async () => {
    await product?.stop();
    await network?.remove();
  });
  return {
    plane,
    product: () => {
      if (product === null) throw new Error('Sluice is installed by test.before: ask within a test');
      return product;
    },
    nextAddress,
  };
};
