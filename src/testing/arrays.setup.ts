import { expect } from 'vitest';

/**
 * Compares typed arrays element by element, where Vitest looks each index up by its name: a million numbers take milliseconds instead of
 * seconds. Arrays that differ are left to Vitest, which also says where.
 */
function sameNumbers(a: unknown, b: unknown): boolean | undefined {
  if (!isTypedArray(a) || !isTypedArray(b)) return undefined;
  if (a.constructor !== b.constructor || a.length !== b.length) return undefined;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return undefined;
  return true;
}

function isTypedArray(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** This file runs before each test file, and what it adds stays for all test files of a process. */
const shared = globalThis as { sameNumbersAdded?: true };
if (!shared.sameNumbersAdded) expect.addEqualityTesters([sameNumbers]);
shared.sameNumbersAdded = true;
