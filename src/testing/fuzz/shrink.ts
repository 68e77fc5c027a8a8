import { cpuSeconds } from './cpuTime';

/** Limits on the number of attempts and on their CPU time in seconds. */
const MAX_ATTEMPTS = 3000;
const MAX_CPU_SECONDS = 5;

/**
 * Returns the smallest file that still fails, found by removing ever shorter ranges.
 * @param fails whether a file fails in the same way
 */
export async function shrink(
  bytes: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = bytes;
  let left = MAX_ATTEMPTS;
  const end = cpuSeconds() + MAX_CPU_SECONDS;
  for (
    let length = Math.ceil(bytes.length / 2);
    length > 0;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  )
    for (let at = 0; at < smallest.length && left > 0 && cpuSeconds() < end; left--) {
      const candidate = without(smallest, at, length);
      if (await fails(candidate)) smallest = candidate;
      else at += length;
    }
  return smallest;
}

function without(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + length));
  const shorter = new Uint8Array(at + rest.length);
  shorter.set(bytes.subarray(0, at));
  shorter.set(rest, at);
  return shorter;
}
