import type { TestFn } from 'ava';
import { versionUnderTest } from '../versions.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ControlPlaneOptions, startControlPlane } from './start-control-plane.ts';

/**
 * Starts a control plane before the tests of a file and stops it after them; its logs stay where a test failed.
 * The version is the one under test. What it returns may be called from within tests and later hooks.
 */
export const planeForTests = (test: TestFn, options: ControlPlaneOptions = {}): (() => ControlPlane) => {
  let plane: ControlPlane | null = null;
  let hasFailed = false;
  // Serial: further hooks of a file, which would run beside it, need the plane.
  test.serial.before(async t => {
    t.timeout(120_000);
    plane = await startControlPlane(versionUnderTest(), options);
  });
  test.afterEach.always(t => {
    hasFailed ||= !t.passed;
  });
  test.after.always(async t => {
    if (plane === null) return;
    if (hasFailed) t.log(`a test failed: the logs of the control plane are in ${plane.folder}`);
    await plane.stop({ keepFolder: hasFailed });
  });
  return () => {
    if (plane === null) throw new Error('the control plane is started by test.before: ask within a test');
    return plane;
  };
};
