import { MUTATIONS, type Below, type Mutate } from '../mutations';

/** Maximum number of mutations of one file. */
const MAX_MUTATIONS = 4;

/** Returns one of the files with one to four mutations. */
export function breakOneOf(
  files: readonly Uint8Array[],
  below: Below,
  mutations: readonly Mutate[] = MUTATIONS,
): Uint8Array {
  return breakBytes(files[below(files.length)], below, mutations);
}

/** Returns a copy of the bytes with one to four mutations. */
export function breakBytes(
  original: Uint8Array,
  below: Below,
  mutations: readonly Mutate[] = MUTATIONS,
): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let left = 1 + below(MAX_MUTATIONS); left > 0 && bytes.length > 0; left--)
    bytes = mutations[below(mutations.length)](bytes, below);
  return bytes;
}

/** Returns a copy of the bytes with one to four mutations of the first `length` bytes. */
export function breakStart(
  original: Uint8Array,
  length: number,
  below: Below,
  mutations: readonly Mutate[] = MUTATIONS,
): Uint8Array {
  const start = breakBytes(original.subarray(0, length), below, mutations);
  const whole = new Uint8Array(start.length + original.length - length);
  whole.set(start);
  whole.set(original.subarray(length), start.length);
  return whole;
}
